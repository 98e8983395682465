"""What ``components.model_promotion`` is in plain values."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from infra.package.edge.alerting import Alerting
from infra.package.edge.words import SourceType


class ModelPromotionArgs(TypedDict):
    """Inputs of `ModelPromotion`."""

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
    use_case: str
    """The commands know it as `$USE_CASE`."""
    upstream_group: str
    """Name of the model package group whose approved versions are copied."""
    upstream_group_arn: pulumi.Input[str]
    """The same group; it may lie in another account."""
    upstream_bucket: pulumi.Input[str]
    """Bucket in which those versions' archives lie."""
    upstream_key_arn: pulumi.Input[str]
    """Customer key of that bucket."""
    group_arn: pulumi.Input[str]
    """Model package group that gets the copies, to be approved again."""
    bucket: pulumi.Input[str]
    """Bucket that gets the archives."""
    copies_prefix: str
    """Where in that bucket they lie, by their SHA-256."""
    data_key_arn: pulumi.Input[str]
    """Customer key of that bucket."""
    role_name: str
    """Name of the build's role: the upstream account's policies know it."""


class ModelPromotionOutputs(TypedDict):
    """What ``ModelPromotion`` gives."""

    project_name: pulumi.Output[str]
