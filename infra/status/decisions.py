"""What was decided on retraining and on shadows, from the table that keeps it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from infra.status.facts import Decision
from stacks.names import parse

LOOKED_AT = 60
"""Items read at once: a shadow that is kept is decided on daily, and told once."""


def decisions(
    dynamodb: Any, table: str, use_case: str, *, before: str = ""
) -> tuple[tuple[Decision, ...], str]:
    """Return up to :data:`LOOKED_AT` decisions, newest first, and the key of the last, if more."""
    start = {"use_case": {"S": use_case}, "decided_at": {"S": before}}
    answer = dynamodb.query(
        TableName=table,
        KeyConditionExpression="use_case = :u",
        ExpressionAttributeValues={":u": {"S": use_case}},
        ScanIndexForward=False,
        Limit=LOOKED_AT,
        **({"ExclusiveStartKey": start} if before else {}),
    )
    last = answer.get("LastEvaluatedKey", {}).get("decided_at", {}).get("S", "")
    return tuple(_decision(item) for item in answer["Items"]), last


def decision(dynamodb: Any, table: str, use_case: str, key: str) -> Decision:
    """Return the decision of that key.

    Raises:
        LookupError: the table holds none.
    """
    wanted = {"use_case": {"S": use_case}, "decided_at": {"S": key}}
    item = dynamodb.get_item(TableName=table, Key=wanted).get("Item")
    if item is None:
        raise LookupError(f"There is no decision {key}.")
    return _decision(item)


def _decision(item: Mapping[str, Mapping[str, str]]) -> Decision:
    held = {name: value.get("S", "") for name, value in item.items()}
    return Decision(
        at=held["decided_at"].partition("#")[0],
        decision=held.get("decision", ""),
        rule=held.get("rule", ""),
        reason=held.get("reason", ""),
        key=held["decided_at"],
        trigger=held.get("trigger", ""),
        execution=held.get("execution_arn", ""),
        figures=_figures(held.get("facts", "")),
    )


def _figures(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def told_once(newest_first: Iterable[Decision]) -> Iterator[Decision]:
    """Yield the decisions, of a shadow kept for the same rule again and again the newest."""
    kept = ""
    for one in newest_first:
        if one.decision == "keep" and one.rule == kept:
            continue
        if one.decision in {"keep", "promote", "reject"}:
            kept = one.rule if one.decision == "keep" else ""
        yield one


def table_of(dynamodb: Any, stack: str, use_case: str) -> str | None:
    """Return the table that Pulumi named, known by its tags."""
    said = parse(stack)
    wanted = {"team": said.team, "environment": said.environment, "use_case": use_case}
    pages = dynamodb.get_paginator("list_tables").paginate()
    for name in (name for page in pages for name in page["TableNames"]):
        if not name.startswith(f"{use_case}-gate-decisions"):
            continue
        arn = dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
        told = dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"]
        tags = {tag["Key"]: tag["Value"] for tag in told}
        if wanted.items() <= tags.items() and tags.get("instance") == said.instance:
            return str(name)
    return None
