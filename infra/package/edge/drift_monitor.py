"""What ``components.drift_monitor`` is in plain values."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from infra.package.edge.alerting import Alerting


class DriftMonitorArgs(TypedDict):
    """Inputs of `DriftMonitor`; the thresholds are exceeded, not reached."""

    name_prefix: str
    """Stands before the alarms' names."""
    dimensions: Mapping[str, str]
    """CloudWatch dimensions that the detector publishes all its metrics with."""
    metric_namespace: str
    """CloudWatch namespace of the detector's metrics."""
    feature_groups: Sequence[str]
    """Value of `FeatureGroup`, the dimension that tells the metrics `FeatureDrift` apart."""
    detector_name: pulumi.Input[str]
    """Pipeline that measures; it takes the time up to which as parameter `AsOf`."""
    detector_arn: pulumi.Input[str]
    """The same pipeline."""
    schedule: NotRequired[str]
    """When the detector runs: `cron(...)` or `rate(...)`, in UTC; left out, others start it."""
    feature_threshold: float
    """Population stability index of a group's worst feature."""
    prediction_threshold: float
    """Population stability index of the predictions."""
    drop_threshold: float
    """Registered objective less the measured one (0-1)."""
    objective: NotRequired[str]
    """Metric by which the model is judged; its loss is the metric `<objective>Drop`.

    By default `Auc`."""
    key_arn: pulumi.Input[str]
    """Customer key of schedule and queue."""
    tags: Mapping[str, str]
    """Must hold `project`, `environment`, `owner` and `team`."""
    alerting: NotRequired[Alerting]
    """Whom the alarms tell; left out, they tell nobody."""


class DriftMonitorOutputs(TypedDict):
    """What ``DriftMonitor`` gives."""

    alarm_arns: Sequence[pulumi.Output[str]]
    data_quality_alarm: pulumi.Output[str]
    """Name of the alarm that tells broken data from drifted data."""
    alarm_rule: pulumi.Output[str]
    """Name of the event rule on the default bus, to attach targets to."""
    alarm_rule_arn: pulumi.Output[str]
