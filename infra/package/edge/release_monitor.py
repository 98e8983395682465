"""What ``components.release_monitor`` is in plain values."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi

from infra.package.edge.alerting import Alerting
from infra.package.edge.code import FunctionCode


class ReleaseMonitorArgs(TypedDict):
    """Inputs of `ReleaseMonitor`."""

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
    endpoint_name: str
    """Endpoint, and name of the model package group beside it."""
    model_package_group: pulumi.Input[str]
    """Group whose approved versions count."""
    model_name_prefix: str
    """What the names of models and endpoint configurations start with."""
    choices: Mapping[str, Any]
    """By variant, what it is to serve: `newest`, `previous`, or a version's number."""
    metric_namespace: str
    """CloudWatch namespace of the measurement."""
    dimensions: Mapping[str, str]
    """CloudWatch dimensions of the measurement."""
    alarm_name: str
    """Physical name: dashboards and `mlops status` know alarms by what their names begin with."""
    log_group_name: str
    """Log group of the function."""
    overdue_hours: NotRequired[int]
    """Alarms when a version was not live all these hours (1-23).

    By default `2`."""


class ReleaseMonitorOutputs(TypedDict):
    """What ``ReleaseMonitor`` gives."""

    function_name: pulumi.Output[str]
    alarm_arn: pulumi.Output[str]
