"""Alarms of a stack or a use case."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from infra.status.facts import Alarm


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """An alarm came into another state."""

    alarm: str
    at: datetime
    before: str
    state: str
    why: str


def alarms(cloudwatch: Any, prefix: str, *, on: bool = False) -> tuple[Alarm, ...]:
    """Return the alarms whose names begin so, by name; ``on`` keeps those in ALARM."""
    more = {"StateValue": "ALARM"} if on else {}
    pages = cloudwatch.get_paginator("describe_alarms").paginate(
        AlarmNamePrefix=f"{prefix}-", AlarmTypes=["MetricAlarm", "CompositeAlarm"], **more
    )
    return tuple(
        Alarm(
            name=one["AlarmName"],
            since=one["StateUpdatedTimestamp"],
            description=one.get("AlarmDescription", ""),
            state=one["StateValue"],
            why=one.get("StateReason", ""),
        )
        for page in pages
        for kind in ("MetricAlarms", "CompositeAlarms")
        for one in page.get(kind) or ()
    )


def history(
    cloudwatch: Any, name: str, *, count: int, after: str = ""
) -> tuple[tuple[Change, ...], str]:
    """Return one page of an alarm's changes of state, newest first, and the token of the next."""
    more = {"NextToken": after} if after else {}
    told = cloudwatch.describe_alarm_history(
        AlarmName=name,
        AlarmTypes=["MetricAlarm", "CompositeAlarm"],
        HistoryItemType="StateUpdate",
        ScanBy="TimestampDescending",
        MaxRecords=count,
        **more,
    )
    found = tuple(_change(one) for one in told["AlarmHistoryItems"])
    return found, told.get("NextToken", "")


def _change(item: Mapping[str, Any]) -> Change:
    try:
        data = json.loads(item.get("HistoryData") or "{}")
    except ValueError:
        data = {}
    before, now = data.get("oldState") or {}, data.get("newState") or {}
    return Change(
        alarm=item["AlarmName"],
        at=item["Timestamp"],
        before=before.get("stateValue", ""),
        state=now.get("stateValue", ""),
        why=now.get("stateReason") or item.get("HistorySummary", ""),
    )
