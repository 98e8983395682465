"""Decides what a resource's own policy allows to a role of another account."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import Any

from moto.iam.access_control import IAMPolicyStatement, PermissionResult


def allows(
    policy: str, *, role_arn: str, action: str, resource: str, via_service: str = ""
) -> bool:
    """Tell whether a statement allows it whose principal and conditions the role meets.

    Raises:
        ValueError: a condition that is not understood here.
    """
    account = role_arn.split(":")[4]
    known = {"aws:PrincipalArn": role_arn, "kms:ViaService": via_service}
    return any(
        statement["Effect"] == "Allow"
        and statement.get("Principal", {}).get("AWS") == f"arn:aws:iam::{account}:root"
        and _met(statement.get("Condition", {}), known)
        and _covers(statement, action, resource)
        for statement in json.loads(policy)["Statement"]
    )


def _covers(statement: dict[str, Any], action: str, resource: str) -> bool:
    plain = {key: statement[key] for key in ("Effect", "Action", "Resource")}
    said = IAMPolicyStatement(plain).is_action_permitted(action, resource)
    return said is PermissionResult.PERMITTED


def _met(conditions: dict[str, dict[str, str]], known: dict[str, str]) -> bool:
    for operator, keys in conditions.items():
        for key, pattern in keys.items():
            if operator not in {"ArnLike", "StringEquals"} or key not in known:
                raise ValueError(f"condition must be one known here, got {operator} {key}")
            if operator == "ArnLike" and not fnmatchcase(known[key], pattern):
                return False
            if operator == "StringEquals" and known[key] != pattern:
                return False
    return True
