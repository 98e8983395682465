"""When drift is measured, and which measurements alarm."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components._starts import Startable, start_on_schedule
from components._tags import stamp
from components.starts import Recurring

DAY_SECONDS = 24 * 3600
HOUR_SECONDS = 3600


@dataclass(frozen=True, kw_only=True, slots=True)
class DriftMonitorArgs:
    """Inputs of :class:`DriftMonitor`; the thresholds are exceeded, not reached.

    Raises:
        ValueError: no feature group is named.
    """

    name_prefix: str
    """Stands before the alarms' names."""
    dimensions: Mapping[str, str]
    """CloudWatch dimensions that the detector publishes all its metrics with."""
    metric_namespace: str
    """CloudWatch namespace of the detector's metrics."""
    feature_groups: Sequence[str]
    """Value of ``FeatureGroup``, the dimension that tells the metrics ``FeatureDrift`` apart."""
    detector_name: pulumi.Input[str]
    """Pipeline that measures; it takes the time up to which as parameter ``AsOf``."""
    detector_arn: pulumi.Input[str]
    """The same pipeline."""
    schedule: str
    """When the detector runs: ``cron(...)`` or ``rate(...)``, in UTC."""
    feature_threshold: float
    """Population stability index of a group's worst feature."""
    prediction_threshold: float
    """Population stability index of the predictions."""
    auc_drop_threshold: float
    """Registered AUC less the measured one (0-1)."""
    key_arn: pulumi.Input[str]
    """Customer key of schedule and queue."""
    tags: Mapping[str, str]
    """Must hold ``components._tags.REQUIRED``."""

    def __post_init__(self) -> None:
        if not self.feature_groups:
            raise ValueError("feature_groups must name one group or more, got none")


class DriftMonitor(pulumi.ComponentResource):
    """A detector that runs by the clock, an alarm on each of its measurements, and their events.

    The contract with the detector is the metrics ``FeatureDrift`` (by ``FeatureGroup``),
    ``PredictionDrift``, ``AucDrop`` and ``DataQualityViolations`` (broken rules) in one namespace.

    Raises:
        ValueError: a required tag is missing from ``args.tags``.
    """

    alarm_arns: Sequence[pulumi.Output[str]]
    data_quality_alarm: pulumi.Output[str]
    """Name of the alarm that tells broken data from drifted data."""
    alarm_rule: pulumi.Output[str]
    """Name of the event rule on the default bus, to attach targets to."""
    alarm_rule_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: DriftMonitorArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mlops:index:DriftMonitor", name, {}, opts)
        tags = stamp(args.tags, component=name)
        start_on_schedule(
            name,
            Recurring(expression=args.schedule, time_parameter="AsOf"),
            Startable(
                pipeline_name=args.detector_name,
                pipeline_arn=args.detector_arn,
                key_arn=args.key_arn,
                tags=tags,
                parent=self,
            ),
        )
        alarms = {
            watch.suffix: self._alarm(f"{name}-{watch.suffix}", watch, args, tags)
            for watch in watches(args)
        }
        rule = aws.cloudwatch.EventRule(
            f"{name}-alarms",
            description=f"A measurement of {args.name_prefix} alarms",
            event_pattern=pulumi.Output.all(*(alarm.name for alarm in alarms.values())).apply(
                alarming
            ),
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.alarm_arns = [alarm.arn for alarm in alarms.values()]
        self.data_quality_alarm = alarms["data-quality"].name
        self.alarm_rule = rule.name
        self.alarm_rule_arn = rule.arn
        self.register_outputs(
            {
                "alarm_arns": list(self.alarm_arns),
                "data_quality_alarm": self.data_quality_alarm,
                "alarm_rule": self.alarm_rule,
                "alarm_rule_arn": self.alarm_rule_arn,
            }
        )

    def _alarm(
        self, name: str, watch: "Watch", args: DriftMonitorArgs, tags: Mapping[str, str]
    ) -> aws.cloudwatch.MetricAlarm:
        return aws.cloudwatch.MetricAlarm(
            name,
            name=f"{args.name_prefix}-{watch.suffix}",
            alarm_description=watch.description,
            namespace=args.metric_namespace,
            metric_name=watch.metric,
            dimensions={**args.dimensions, **watch.dimensions},
            statistic="Maximum",
            comparison_operator="GreaterThanThreshold",
            threshold=watch.threshold,
            period=watch.period_seconds,
            evaluation_periods=1,
            datapoints_to_alarm=1,
            # Measurements are rare: days without one are no news, and end an alarm.
            treat_missing_data="notBreaching",
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Watch:
    """One metric with its limit."""

    suffix: str
    metric: str
    threshold: float
    description: str
    dimensions: Mapping[str, str]
    period_seconds: int = DAY_SECONDS


def watches(args: DriftMonitorArgs) -> list[Watch]:
    """Return what alarms: each feature group, predictions, performance, and broken data."""
    return [
        *(
            Watch(
                suffix=f"feature-drift-{group}",
                metric="FeatureDrift",
                threshold=args.feature_threshold,
                description=f"Features of {group} are distributed otherwise than in training",
                dimensions={"FeatureGroup": group},
            )
            for group in args.feature_groups
        ),
        Watch(
            suffix="prediction-drift",
            metric="PredictionDrift",
            threshold=args.prediction_threshold,
            description="Predictions are distributed otherwise than in training",
            dimensions={},
        ),
        Watch(
            suffix="auc-drop",
            metric="AucDrop",
            threshold=args.auc_drop_threshold,
            description="The model ranks worse than when it was registered",
            dimensions={},
        ),
        Watch(
            suffix="data-quality",
            metric="DataQualityViolations",
            threshold=0,
            description="Data broke a rule: not drift, and nothing to train on",
            dimensions={},
            # A batch that is mended and checked again clears the way within the hour.
            period_seconds=HOUR_SECONDS,
        ),
    ]


def alarming(alarm_names: Sequence[str]) -> str:
    """Return the event pattern of the named alarms going into ALARM."""
    return json.dumps(
        {
            "source": ["aws.cloudwatch"],
            "detail-type": ["CloudWatch Alarm State Change"],
            "detail": {"alarmName": list(alarm_names), "state": {"value": ["ALARM"]}},
        },
        sort_keys=True,
    )
