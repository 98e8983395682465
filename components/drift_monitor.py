"""When drift is measured, and which measurements alarm."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pulumi
import pulumi_aws as aws

from components._alarm import Watch, watch
from components._starts import Startable, start_as_of
from components._tags import stamp
from components.alerting import Alerting

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
    schedule: str | None = None
    """When the detector runs: ``cron(...)`` or ``rate(...)``, in UTC; left out, others start it."""
    feature_threshold: float
    """Population stability index of a group's worst feature."""
    prediction_threshold: float
    """Population stability index of the predictions."""
    drop_threshold: float
    """Registered objective less the measured one (0-1)."""
    objective: str = "Auc"
    """Metric by which the model is judged; its loss is the metric ``<objective>Drop``."""
    key_arn: pulumi.Input[str]
    """Customer key of schedule and queue."""
    tags: Mapping[str, str]
    """Must hold ``project``, ``environment``, ``owner`` and ``team``."""
    alerting: Alerting | None = None
    """Whom the alarms tell; left out, they tell nobody."""

    def __post_init__(self) -> None:
        if not self.feature_groups:
            raise ValueError("feature_groups must name one group or more, got none")


class DriftMonitor(pulumi.ComponentResource):
    """A detector that runs by the clock, an alarm on each of its measurements, and their events.

    The contract with the detector is the metrics ``FeatureDrift`` (by ``FeatureGroup``),
    ``PredictionDrift``, ``AucDrop`` (or that of another objective) and ``DataQualityViolations``
    (broken rules) in one namespace.

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
        start_as_of(
            name,
            args.schedule,
            Startable(
                pipeline_name=args.detector_name,
                pipeline_arn=args.detector_arn,
                key_arn=args.key_arn,
                tags=tags,
                parent=self,
                alerting=args.alerting,
            ),
        )
        alarms = {
            suffix: watch(f"{name}-{suffix}", what, args.alerting, tags=tags, parent=self)
            for suffix, what in watches(args).items()
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


def watches(args: DriftMonitorArgs) -> dict[str, Watch]:
    """Return what alarms: each feature group, predictions, performance, and broken data."""

    def measured(
        suffix: str, metric: str, threshold: float, description: str, runbook: str | None = None
    ) -> Watch:
        return Watch(
            runbook=runbook or suffix,
            description=description,
            namespace=args.metric_namespace,
            metric=metric,
            dimensions=args.dimensions,
            threshold=threshold,
            statistic="Maximum",
            period_seconds=DAY_SECONDS,
            alarm_name=f"{args.name_prefix}-{suffix}",
        )

    features = {
        f"feature-drift-{group}": replace(
            measured(
                f"feature-drift-{group}",
                "FeatureDrift",
                args.feature_threshold,
                f"Features of {group} are distributed otherwise than in training",
                "feature-drift",
            ),
            dimensions={**args.dimensions, "FeatureGroup": group},
        )
        for group in args.feature_groups
    }
    lost = f"{args.objective.lower()}-drop"
    worse = "ranks" if args.objective == "Auc" else "answers"
    return features | {
        "prediction-drift": measured(
            "prediction-drift",
            "PredictionDrift",
            args.prediction_threshold,
            "Predictions are distributed otherwise than in training",
        ),
        lost: measured(
            lost,
            f"{args.objective}Drop",
            args.drop_threshold,
            f"The model {worse} worse than when it was registered",
            "objective-drop",
        ),
        # A batch that is mended and checked again clears the way within the hour.
        "data-quality": replace(
            measured(
                "data-quality",
                "DataQualityViolations",
                0,
                "Data broke a rule: not drift, and nothing to train on",
            ),
            period_seconds=HOUR_SECONDS,
            urgent=True,
        ),
    }


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
