"""One way to declare an alarm: told to its topics, described with its runbook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.alerting import Alerting

MINUTE_SECONDS = 60
FIVE_MINUTES_SECONDS = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Watch:
    """One metric with its limit, which is exceeded, not reached."""

    runbook: str
    """Section of the runbook page: the kind of alarm."""
    description: str
    namespace: str
    metric: str
    dimensions: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    threshold: float = 0
    statistic: str = "Sum"
    period_seconds: int = FIVE_MINUTES_SECONDS
    periods: int = 1
    """Periods in a row that must be above the limit."""
    absence: bool = False
    """Turned round: alarms when so many periods in a row are not above it, or without data."""
    urgent: bool = False
    alarm_name: str | None = None
    """Left out, it is the logical name after the stack's."""


def watch(
    name: str,
    what: Watch,
    alerting: Alerting | None,
    *,
    tags: Mapping[str, str],
    parent: pulumi.Resource,
) -> aws.cloudwatch.MetricAlarm:
    """Declare an alarm on periods above the limit; periods without data are good.

    Where absence is watched, it is on periods that are not, and those without data count as such.
    """
    alarm_name = what.alarm_name
    if alarm_name is None and alerting is not None:
        alarm_name = f"{alerting.name_prefix}-{name}"
    told = [] if alerting is None else list(alerting.urgent if what.urgent else alerting.notice)
    link = "" if alerting is None else f"; runbook: {alerting.runbooks_url}#{what.runbook}"
    return aws.cloudwatch.MetricAlarm(
        name,
        name=alarm_name,
        alarm_description=f"{what.description}{link}",
        namespace=what.namespace,
        metric_name=what.metric,
        dimensions=dict(what.dimensions),
        statistic=what.statistic,
        comparison_operator=(
            "LessThanOrEqualToThreshold" if what.absence else "GreaterThanThreshold"
        ),
        threshold=what.threshold,
        period=what.period_seconds,
        evaluation_periods=what.periods,
        datapoints_to_alarm=what.periods,
        # What is watched is rare: periods without a value are no news, and end an alarm.
        treat_missing_data="breaching" if what.absence else "notBreaching",
        alarm_actions=told,
        ok_actions=told,
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )
