"""What ``components.delivery_pipeline`` is in plain values."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from infra.package.edge.alerting import Alerting
from infra.package.edge.revisions import Connection, SourceObject


class DeliveryPipelineSource(TypedDict):
    """Where revisions come from: exactly one of these."""

    connection: NotRequired[Connection]
    source_object: NotRequired[SourceObject]


class DeliveryPipelineArgs(TypedDict):
    """Inputs of `DeliveryPipeline`."""

    stack: str
    """The commands know it as `$STACK`; start of the names of pipeline and roles."""
    source: DeliveryPipelineSource
    """Where revisions come from."""
    check: Sequence[str]
    """Commands that a revision must pass, and that make it a release; none where it is one."""
    preview: Sequence[str]
    """Commands that show what would change."""
    deploy: Sequence[str]
    """Commands that change it."""
    reading: Sequence[str]
    """IAM actions of a preview."""
    writing: Sequence[str]
    """IAM actions of an update beside those."""
    bucket: pulumi.Input[str]
    """Versioned bucket of what stages hand on, and of the release."""
    data_key_arn: pulumi.Input[str]
    """Customer key of that bucket."""
    key_arn: pulumi.Input[str]
    """Customer key of builds, log, queue and topics."""
    alerting: Alerting
    """Whom approvals are asked of, and whom a failure is told."""
    role_name: str
    """Name of the pipeline's role: the upstream account's policies know it."""
    log_group_name: str
    """Log group of the builds."""
    tags: Mapping[str, str]
    """Must hold `project`, `environment`, `owner` and `team`."""
    releases: NotRequired[bool]
    """A delivered revision is put where the next environment takes it.

    By default `false`."""
    state_bucket: NotRequired[str]
    """Bucket of Pulumi's state; by default it lies elsewhere."""
    compute_type: NotRequired[str]
    """CodeBuild compute.

    By default `BUILD_GENERAL1_MEDIUM`."""
    timeout_minutes: NotRequired[int]
    """By default `120`."""
    log_retention_days: NotRequired[int]
    """By default `365`."""


class DeliveryPipelineOutputs(TypedDict):
    """What ``DeliveryPipeline`` gives."""

    pipeline_name: pulumi.Output[str]
