"""The record of decisions of one use case: one DynamoDB item per event, whoever decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

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
            TableName=self._table, Key=_plain(self.key(event)), ConsistentRead=True
        ).get("Item")
        return {name: value["S"] for name, value in item.items()} if item else None

    def keep(self, item: Item) -> None:
        """Write the item, over what stands under its key."""
        self._dynamodb.put_item(TableName=self._table, Item=_plain(item))

    def carry_out(self, item: Item, act: Callable[[], Item]) -> Item:
        """Do what was decided, keep and return the record with what ``act`` says of it.

        Raises:
            botocore.exceptions.BotoCoreError: as ``act`` does; kept as ``failed``, with the error.
            botocore.exceptions.ClientError: likewise.
        """
        try:
            said = act()
        except (ClientError, BotoCoreError) as error:
            self.keep({**item, "decision": "failed", "error": str(error)})
            raise
        done = {name: value for name, value in item.items() if name != "error"} | said
        self.keep(done)
        return done

    def key(self, event: Mapping[str, Any]) -> Item:
        """Return the key of an event's decision."""
        return {"use_case": self._use_case, "decided_at": f"{event['time']}#{event['id']}"}


def _plain(item: Item) -> dict[str, dict[str, str]]:
    return {name: {"S": value} for name, value in item.items()}
