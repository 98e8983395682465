"""What watches that an approved version goes live."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components._alarm import Watch, watch
from components._function import FunctionArgs, FunctionPlan, call_on, function
from components._iam_functions import ReleaseReach, Surroundings, compare_versions
from components._place import Place
from components._tags import stamp

METRIC = "ApprovedNotLive"
HOUR_SECONDS = 3600
SCHEDULE = "cron(30 * * * ? *)"
"""Midway between the alarm's periods: a measurement that comes late still falls into its own."""
MAX_OVERDUE_HOURS = 23


@dataclass(frozen=True, kw_only=True, slots=True)
class ReleaseMonitorArgs(FunctionArgs):
    """Inputs of :class:`ReleaseMonitor`.

    Raises:
        ValueError: no variant is named, or the hours are out of range.
    """

    endpoint_name: str
    """Endpoint, and name of the model package group beside it."""
    model_package_group: pulumi.Input[str]
    """Group whose approved versions count."""
    model_name_prefix: str
    """What the names of models and endpoint configurations start with."""
    choices: Mapping[str, str | int]
    """By variant, what it is to serve: ``newest``, ``previous``, or a version's number."""
    metric_namespace: str
    """CloudWatch namespace of the measurement."""
    dimensions: Mapping[str, str]
    """CloudWatch dimensions of the measurement."""
    alarm_name: str
    """Physical name: dashboards and ``mlops status`` know alarms by what their names begin with."""
    log_group_name: str
    """Log group of the function."""
    overdue_hours: int = 2
    """Alarms when a version was not live all these hours (1-23)."""

    def __post_init__(self) -> None:
        if not self.choices:
            raise ValueError("choices must name one variant or more, got none")
        if not 1 <= self.overdue_hours <= MAX_OVERDUE_HOURS:
            raise ValueError(
                f"overdue_hours must be 1-{MAX_OVERDUE_HOURS}, got {self.overdue_hours}"
            )


class ReleaseMonitor(pulumi.ComponentResource):
    """A function that compares registry and endpoint every hour, and an alarm on the difference.

    It hears the clock and no event, since a delivery that failed silently raises none.

    Raises:
        ValueError: a required tag is missing from ``args.tags``.
    """

    function_name: pulumi.Output[str]
    alarm_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: ReleaseMonitorArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mlops:index:ReleaseMonitor", name, {}, opts)
        tags = stamp(args.tags, component=name)
        monitor = function(
            name,
            args,
            FunctionPlan(
                description=f"Measures whether {args.endpoint_name} serves what was approved",
                environment={
                    "ENDPOINT_NAME": args.endpoint_name,
                    "CHOICES": json.dumps(dict(args.choices)),
                    "METRIC_NAMESPACE": args.metric_namespace,
                    "DIMENSIONS": json.dumps(dict(args.dimensions), sort_keys=True),
                },
                log_group_name=args.log_group_name,
                reserved_concurrency=1,
                timeout_seconds=60,
                memory_mib=256,
                tags=tags,
                parent=self,
            ),
            lambda place, around: _policy(args, place, around),
        )
        clock = aws.cloudwatch.EventRule(
            f"{name}-clock",
            description=f"Time to compare {args.endpoint_name} with what was approved",
            schedule_expression=SCHEDULE,
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        call_on(name, monitor, rule=clock.name, rule_arn=clock.arn, parent=self)
        alarm = watch(f"{name}-behind", _behind(args), args.alerting, tags=tags, parent=self)
        self.function_name = monitor.name
        self.alarm_arn = alarm.arn
        self.register_outputs({"function_name": self.function_name, "alarm_arn": self.alarm_arn})


def _behind(args: ReleaseMonitorArgs) -> Watch:
    return Watch(
        runbook="version-not-live",
        description=f"An approved version is not live after {args.overdue_hours} h",
        namespace=args.metric_namespace,
        metric=METRIC,
        dimensions=args.dimensions,
        statistic="Minimum",
        period_seconds=HOUR_SECONDS,
        # One measurement an hour: between n + 1 of them lie n hours.
        periods=args.overdue_hours + 1,
        alarm_name=args.alarm_name,
    )


def _policy(args: ReleaseMonitorArgs, place: Place, around: Surroundings) -> pulumi.Output[str]:
    return pulumi.Output.from_input(args.model_package_group).apply(
        lambda group: compare_versions(
            place,
            around,
            ReleaseReach(
                model_package_group=group,
                endpoint_name=args.endpoint_name,
                model_name_prefix=args.model_name_prefix,
                tags=args.tags,
            ),
        )
    )
