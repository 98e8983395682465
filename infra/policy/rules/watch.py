"""Logs, alarms and schedules."""

from __future__ import annotations

from typing import Any, Final

from infra.policy.ask import is_own_key, known, must
from infra.policy.model import Rule

LOGS: Final = ("aws:cloudwatch/logGroup:LogGroup",)
ALARM: Final = (
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    "aws:cloudwatch/compositeAlarm:CompositeAlarm",
)
SCHEDULE: Final = ("aws:scheduler/schedule:Schedule",)
YEAR: Final = 365


def _a_year(value: Any) -> bool:
    days = known(value)
    return days in (None, 0) or int(days) >= YEAR  # 0, as nothing, keeps them for ever


RULES: Final = (
    Rule(
        id="CKV_AWS_66",
        title="Logs are kept for a time that was chosen",
        types=LOGS,
        check=must(
            "retentionInDays", lambda value: known(value) not in (None, 0), "a number of days"
        ),
        remedy="Set log_retention_days",
    ),
    Rule(
        id="CKV_AWS_338",
        title="Logs are kept for a year at least",
        types=LOGS,
        check=must("retentionInDays", _a_year, f"at least {YEAR}"),
        remedy="Set log_retention_days to 365 or more",
    ),
    Rule(
        id="CKV_AWS_158",
        title="Logs are encrypted with a customer key",
        types=LOGS,
        check=must("kmsKeyId", is_own_key, "a customer key"),
        remedy="Give the log group a kmsKeyId",
    ),
    Rule(
        id="CKV_AWS_319",
        title="Alarms act",
        types=ALARM,
        check=must("actionsEnabled", lambda value: known(value) is not False, "true"),
        remedy="Leave actionsEnabled out",
    ),
    Rule(
        id="CKV_AWS_297",
        title="Schedules are encrypted with a customer key",
        types=SCHEDULE,
        check=must("kmsKeyArn", is_own_key, "a customer key"),
        remedy="Give the schedule a kmsKeyArn",
    ),
)
