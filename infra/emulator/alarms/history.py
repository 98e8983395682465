"""``DescribeAlarmHistory``: what happened to alarms, newest first by default."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from infra.emulator.alarms.messages import Snapshot, stamp
from infra.emulator.alarms.statistics import as_utc

KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that happened."""

    region: str
    alarm: str
    composite: bool
    when: datetime
    kind: str
    """``StateUpdate``, ``ConfigurationUpdate`` or ``Action``."""
    summary: str
    data: str

    def described(self) -> dict[str, Any]:
        """Return it as the API does."""
        return {
            "AlarmName": self.alarm,
            "AlarmType": "CompositeAlarm" if self.composite else "MetricAlarm",
            "Timestamp": self.when,
            "HistoryItemType": self.kind,
            "HistorySummary": self.summary,
            "HistoryData": self.data,
        }


class History:
    """The last ``KEPT`` items of an emulator."""

    def __init__(self) -> None:
        self._items: deque[Item] = deque(maxlen=KEPT)
        self._lock = threading.Lock()

    def add(self, item: Item) -> None:
        """Append."""
        with self._lock:
            self._items.append(item)

    def describe(self, region: str, query: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the items that the request's members ask for."""
        with self._lock:
            items = [item for item in self._items if item.region == region]
        types = query.get("AlarmTypes") or ["MetricAlarm"]
        start, end = as_utc(query.get("StartDate")), as_utc(query.get("EndDate"))
        found = [
            item.described()
            for item in items
            if query.get("AlarmName") in (None, item.alarm)
            and query.get("HistoryItemType") in (None, item.kind)
            and (start is None or item.when >= start)
            and (end is None or item.when <= end)
            and (query.get("AlarmName") or item.described()["AlarmType"] in types)
        ]
        newest_first = query.get("ScanBy") != "TimestampAscending"
        return found[::-1] if newest_first else found


def state_data(before: Snapshot, after: Snapshot) -> str:
    """Return the HistoryData of a state update."""
    return json.dumps(
        {
            "version": "1.0",
            "oldState": _state(before),
            "newState": _state(after),
        }
    )


def _state(one: Snapshot) -> dict[str, Any]:
    data = json.loads(one.reason_data) if one.reason_data else {}
    state = {"stateValue": one.value, "stateReason": one.reason}
    return {**state, "stateReasonData": data} if data else state


def action_data(action: str, message: str, error: str | None, when: datetime) -> str:
    """Return the HistoryData of an action."""
    outcome = "Failed" if error else "Succeeded"
    data: dict[str, Any] = {
        "actionState": outcome,
        "stateUpdateTimestamp": stamp(when),
        "notificationResource": action,
        "publishedMessage": message,
    }
    return json.dumps({**data, "error": error} if error else data)
