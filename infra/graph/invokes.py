"""Answers to the data sources a program may ask when there is no AWS to ask."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

ACCOUNT_ID = "123456789012"
"""The account of every offline evaluation, also the emulator's."""


def offline(*, region: str = "us-east-1", account_id: str = ACCOUNT_ID) -> dict[str, Any]:
    """Return answers by token: who is calling, where, and IAM policy documents."""
    return {
        "aws:index/getCallerIdentity:getCallerIdentity": {
            "accountId": account_id,
            "arn": f"arn:aws:iam::{account_id}:root",
            "id": account_id,
            "userId": account_id,
        },
        "aws:index/getRegion:getRegion": {
            "id": region,
            "name": region,
            "region": region,
            "description": region,
            "endpoint": f"ec2.{region}.amazonaws.com",
        },
        "aws:index/getPartition:getPartition": {
            "id": "aws",
            "partition": "aws",
            "dnsSuffix": "amazonaws.com",
            "reverseDnsPrefix": "com.amazonaws",
        },
        "aws:iam/getPolicyDocument:getPolicyDocument": _policy_document,
    }


def _policy_document(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    statements = [_statement(statement) for statement in arguments.get("statements", [])]
    document = {"Version": arguments.get("version", "2012-10-17"), "Statement": statements}
    if "policyId" in arguments:
        document["Id"] = arguments["policyId"]
    text = json.dumps(document, indent=2)
    return {**arguments, "id": "offline", "json": text, "minifiedJson": json.dumps(document)}


def _statement(declared: Mapping[str, Any]) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": declared.get("effect", "Allow")}
    if "sid" in declared:
        statement["Sid"] = declared["sid"]
    for key in ("actions", "notActions", "resources", "notResources"):
        if values := declared.get(key):
            name = key[:-1][0].upper() + key[:-1][1:]
            statement[name] = values[0] if len(values) == 1 else sorted(values)
    for key, name in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
        if principals := declared.get(key):
            statement[name] = _principals(principals)
    conditions: dict[str, dict[str, Any]] = {}
    for condition in declared.get("conditions", []):
        values = condition["values"]
        conditions.setdefault(condition["test"], {})[condition["variable"]] = (
            values[0] if len(values) == 1 else values
        )
    if conditions:
        statement["Condition"] = conditions
    return statement


def _principals(declared: list[Mapping[str, Any]]) -> Any:
    if any(entry["type"] == "*" for entry in declared):
        return "*"
    return {
        entry["type"]: entry["identifiers"][0]
        if len(entry["identifiers"]) == 1
        else sorted(entry["identifiers"])
        for entry in declared
    }
