"""What ``components.model_delivery`` is in plain values."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from infra.package.edge.alerting import Alerting
from infra.package.edge.words import SourceType


class ModelDeliveryArgs(TypedDict):
    """Inputs of `ModelDelivery`."""

    stack: str
    """The commands know it as `$STACK`."""
    commands: Sequence[str]
    """Shell commands in order; the first that fails fails the build."""
    source_type: SourceType
    """Where the commands find the repository."""
    key_arn: pulumi.Input[str]
    """Customer key of build, log and queue."""
    log_group_name: str
    """Log group of the builds."""
    tags: Mapping[str, str]
    """Must hold `project`, `environment`, `owner` and `team`."""
    alerting: NotRequired[Alerting]
    """Whom the alarms tell; left out, they tell nobody."""
    source_location: NotRequired[str]
    """Clone URL or `bucket/key`; `None` with `NO_SOURCE`."""
    source_version: NotRequired[str]
    """Branch, tag, commit or `pr/12`; left out, the newest of the default branch."""
    compute_type: NotRequired[str]
    """CodeBuild compute.

    By default `BUILD_GENERAL1_SMALL`."""
    timeout_minutes: NotRequired[int]
    """By default `60`."""
    log_retention_days: NotRequired[int]
    """By default `365`."""
    approval_rule: pulumi.Input[str]
    """Event rule that says when a version was approved."""
    approval_rule_arn: pulumi.Input[str]
    """The same rule."""
    model_package_group: pulumi.Input[str]
    """Group whose newest approved version is read."""
    endpoint_name: str
    """Endpoint that is updated."""
    model_name_prefix: str
    """What the names of models and endpoint configurations start with."""
    serving_role_arn: pulumi.Input[str]
    """Role that models are given; no other may be passed."""
    feature_groups: Sequence[pulumi.Input[str]]
    """Groups whose schema an update compares with what is declared."""
    models: pulumi.Input[str]
    """`bucket/prefix` below which versions keep the sample that the endpoint is asked."""
    data_key_arn: pulumi.Input[str]
    """Customer key of the endpoint's disks, and of what lies below `models`."""
    state_bucket: NotRequired[str]
    """Bucket of Pulumi's state, which builds read and write; by default it lies elsewhere."""


class ModelDeliveryOutputs(TypedDict):
    """What ``ModelDelivery`` gives."""

    project_name: pulumi.Output[str]
