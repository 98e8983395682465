"""The record of decisions: one DynamoDB item per event."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pipelines.shared.gate.decision import Decision, Facts

Item = dict[str, str]


class Decisions:
    """The table of one use case's decisions."""

    def __init__(self, dynamodb: Any, table: str, use_case: str) -> None:  # noqa: ANN401 - boto3's
        self._dynamodb = dynamodb
        self._table = table
        self._use_case = use_case

    def find(self, event: Mapping[str, Any]) -> Item | None:
        """Return what was decided on this event before, if anything."""
        item = self._dynamodb.get_item(
            TableName=self._table, Key=_plain(self._key(event)), ConsistentRead=True
        ).get("Item")
        return {name: value["S"] for name, value in item.items()} if item else None

    def item(self, event: Mapping[str, Any], facts: Facts, decision: Decision) -> Item:
        """Return the item of a decision just made."""
        return {
            **self._key(event),
            "event_id": str(event["id"]),
            "trigger": f"{facts.trigger.kind}: {facts.trigger.name}",
            "decision": "retrain" if decision.retrain else "refuse",
            "rule": decision.rule,
            "reason": decision.reason,
            "execution_arn": "",
            "facts": json.dumps(asdict(facts), default=str, sort_keys=True),
        }

    def keep(self, item: Item) -> None:
        """Write the item, over what stands under its key."""
        self._dynamodb.put_item(TableName=self._table, Item=_plain(item))

    def _key(self, event: Mapping[str, Any]) -> Item:
        return {"use_case": self._use_case, "decided_at": f"{event['time']}#{event['id']}"}


def _plain(item: Item) -> dict[str, dict[str, str]]:
    return {name: {"S": value} for name, value in item.items()}
