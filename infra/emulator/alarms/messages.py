"""What CloudWatch says of an alarm: to EventBridge, to SNS, to functions, in its history."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.models import Alarm

from infra.emulator.alarms.points import period_seconds, statistic

_NAMESPACE = uuid.UUID("6f1f6f57-6d58-4d0a-9d5c-3f3f0a5a5d6e")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A state, and why."""

    value: str
    reason: str
    reason_data: str
    timestamp: datetime

    def detail(self) -> dict[str, str]:
        """Return it as an event's detail holds it."""
        detail = {"reason": self.reason, "timestamp": stamp(self.timestamp), "value": self.value}
        if self.reason_data and self.reason_data != "{}":
            detail["reasonData"] = self.reason_data
        return detail


def stamp(moment: datetime) -> str:
    """Return a time as CloudWatch writes it, milliseconds and ``+0000``."""
    utc = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}+0000"


def snapshot(alarm: Alarm) -> Snapshot:
    """Return the alarm's present state."""
    return Snapshot(
        alarm.state_value,
        alarm.state_reason or "",
        alarm.state_reason_data or "",
        alarm.state_updated_timestamp,
    )


def state_change(alarm: Alarm, before: Snapshot) -> dict[str, Any]:
    """Return the detail of the event "CloudWatch Alarm State Change"."""
    return {
        "alarmName": alarm.name,
        "state": snapshot(alarm).detail(),
        "previousState": before.detail(),
        "configuration": _configuration(alarm),
    }


def for_function(alarm: Alarm, before: Snapshot, account_id: str) -> str:
    """Return what an alarm sends to a function."""
    return json.dumps(
        {
            "source": "aws.cloudwatch",
            "alarmArn": alarm.alarm_arn,
            "accountId": account_id,
            "time": stamp(alarm.state_updated_timestamp),
            "region": alarm.region_name,
            "alarmData": state_change(alarm, before),
        }
    )


def for_topic(alarm: Alarm, before: Snapshot, account_id: str) -> str:
    """Return the message an alarm publishes."""
    message: dict[str, Any] = {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": account_id,
        "AlarmConfigurationUpdatedTimestamp": stamp(alarm.configuration_updated_timestamp),
        "NewStateValue": alarm.state_value,
        "NewStateReason": alarm.state_reason,
        "StateChangeTime": stamp(alarm.state_updated_timestamp),
        "Region": alarm.region_name,
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": before.value,
        "OKActions": alarm.ok_actions,
        "AlarmActions": alarm.alarm_actions,
        "InsufficientDataActions": alarm.insufficient_data_actions,
    }
    if alarm.rule is not None:
        return json.dumps({**message, "AlarmRule": alarm.rule})
    trigger: dict[str, Any] = {
        "Period": period_seconds(alarm),
        "EvaluationPeriods": alarm.evaluation_periods,
        "DatapointsToAlarm": alarm.datapoints_to_alarm,
        "ComparisonOperator": alarm.comparison_operator,
        "Threshold": alarm.threshold,
        "TreatMissingData": alarm.treat_missing_data or "missing",
    }
    if alarm.metric_data_queries:
        trigger["Metrics"] = _metrics(alarm)
    else:
        trigger |= {
            "MetricName": alarm.metric_name,
            "Namespace": alarm.namespace,
            "StatisticType": "ExtendedStatistic" if alarm.extended_statistic else "Statistic",
            "Statistic": statistic(alarm).upper(),
            "Unit": alarm.unit,
            "Dimensions": [{"name": d.name, "value": d.value} for d in alarm.dimensions],
        }
    return json.dumps({**message, "Trigger": trigger})


def _configuration(alarm: Alarm) -> Mapping[str, Any]:
    described = {"description": alarm.description} if alarm.description else {}
    if alarm.rule is not None:
        return {**described, "alarmRule": alarm.rule}
    return {**described, "metrics": _metrics(alarm)}


def _metrics(alarm: Alarm) -> list[dict[str, Any]]:
    if not alarm.metric_data_queries:
        identity = str(uuid.uuid5(_NAMESPACE, alarm.alarm_arn))
        metric = _metric(alarm.namespace, alarm.metric_name, alarm.dimensions)
        watched = {"metric": metric, "period": alarm.period, "stat": statistic(alarm)}
        return [{"id": identity, "metricStat": watched, "returnData": True}]
    found = []
    for query in alarm.metric_data_queries:
        entry: dict[str, Any] = {
            "id": query.id,
            "returnData": query.return_data is None or str(query.return_data).lower() == "true",
        }
        if query.label:
            entry["label"] = query.label
        if stat := query.metric_stat:
            metric = _metric(stat.metric.namespace, stat.metric.metric_name, stat.metric.dimensions)
            entry["metricStat"] = {"metric": metric, "period": stat.period, "stat": stat.stat}
        else:
            entry["expression"] = query.expression
        found.append(entry)
    return found


def _metric(namespace: str, name: str, dimensions: list[Any]) -> dict[str, Any]:
    return {
        "namespace": namespace,
        "name": name,
        "dimensions": {one.name: one.value for one in dimensions},
    }
