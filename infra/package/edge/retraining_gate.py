"""What ``components.retraining_gate`` is in plain values."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from infra.package.edge.alerting import Alerting
from infra.package.edge.code import FunctionCode


class RetrainingGateArgs(TypedDict):
    """Inputs of `RetrainingGate`."""

    code: FunctionCode
    """What runs when it is called."""
    key_arn: pulumi.Input[str]
    """Customer key of the function's settings, logs and queue, and of what stands beside it."""
    tags: Mapping[str, str]
    """Must hold `project`, `environment`, `owner` and `team`."""
    alerting: NotRequired[Alerting]
    """Whom the alarms tell; left out, they tell nobody."""
    log_retention_days: NotRequired[int]
    """By default `365`."""
    subnet_ids: NotRequired[Sequence[pulumi.Input[str]]]
    """Subnets that the function joins; empty leaves it outside a VPC."""
    security_group_ids: NotRequired[Sequence[pulumi.Input[str]]]
    """Security groups of the function in these subnets."""
    stack: str
    """Told to the function, for its records."""
    use_case: str
    """Told to the function; partition of its decisions."""
    training_pipeline_name: pulumi.Input[str]
    """Pipeline that is started when the gate says so."""
    training_pipeline_arn: pulumi.Input[str]
    """The same pipeline."""
    feature_pipeline_arn: pulumi.Input[str]
    """Pipeline whose success means new data."""
    model_package_group: pulumi.Input[str]
    """Group whose newest approved version is asked for its age."""
    raw_bucket: pulumi.Input[str]
    """Bucket of the labels."""
    labels_prefix: str
    """Where labels lie in it, with a slash at its end."""
    alarm_rule: pulumi.Input[str]
    """Event rule of drift, performance and data quality alarms."""
    alarm_rule_arn: pulumi.Input[str]
    """The same rule."""
    alarm_arns: Sequence[pulumi.Input[str]]
    """Alarms whose state the gate may ask for."""
    data_quality_alarm: pulumi.Input[str]
    """Alarm during which nothing is retrained."""
    cool_down_hours: float
    budget_retrainings: int
    """Trainings allowed within the window."""
    budget_window_days: int
    min_new_labels: int
    """Labelled rows that must have arrived since the live model was trained."""
    on_new_data: bool
    """New data alone is a reason to retrain."""
    data_key_arn: pulumi.Input[str]
    """Customer key of the labels."""
    log_group_name: str
    """Log group of the function."""
    schedule: NotRequired[str]
    """Ask at these times too, `cron(...)` or `rate(...)` in UTC; by default never."""
    deletion_protection: NotRequired[bool]
    """Pulumi and DynamoDB refuse to delete the record of decisions.

    By default `true`."""


class RetrainingGateOutputs(TypedDict):
    """What ``RetrainingGate`` gives."""

    function_name: pulumi.Output[str]
    decisions_table: pulumi.Output[str]
