"""What ``components.ml_pipeline`` is in plain values."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from infra.package.edge.alerting import Alerting
from infra.package.edge.starts import NewObject, Recurring


class CodeFile(TypedDict):
    """A file that a step reads."""

    key: str
    """Object key, which holds the hash of the bytes."""
    path: str
    sha256: str


class PipelineAccess(TypedDict):
    """What the steps touch; everything else is refused to them."""

    reads: Sequence[pulumi.Input[str]]
    """`bucket/prefix` of objects to read and list."""
    writes: Sequence[pulumi.Input[str]]
    """`bucket/prefix` of objects to write."""
    read_key_arns: NotRequired[Sequence[pulumi.Input[str]]]
    """Customer keys of what is read and lies under another key than the pipeline's own."""
    feature_key_arn: NotRequired[pulumi.Input[str]]
    """Customer key of the groups that records are put into."""
    feature_groups: NotRequired[Sequence[pulumi.Input[str]]]
    """Names of the feature groups whose description is read."""
    fills_feature_groups: NotRequired[bool]
    """Records are put into these groups.

    By default `false`."""
    trains: NotRequired[bool]
    """Training and tuning jobs are started.

    By default `false`."""
    model_package_group: NotRequired[pulumi.Input[str]]
    """Name of the group whose versions are read."""
    registers: NotRequired[bool]
    """Versions are added to the group.

    By default `false`."""
    endpoint_name: NotRequired[str]
    """Endpoint whose description is read."""
    model_name_prefix: NotRequired[str]
    """What the names of its models and configurations start with, to read what it serves."""
    transform_prefix: NotRequired[str]
    """What the names of its transform jobs, and of the models made for them, start with."""
    metric_namespace: NotRequired[str]
    """CloudWatch namespace in which metrics are published."""
    image_repository_arns: NotRequired[Sequence[pulumi.Input[str]]]
    """Repositories that images are pulled from, beside AWS's own."""
    joins_network: NotRequired[bool]
    """Jobs run in subnets, and need network interfaces there.

    By default `false`."""


class MlPipelineArgs(TypedDict):
    """Inputs of `MlPipeline`."""

    pipeline_name: str
    """Starts executions by this name; a change replaces the pipeline and its history."""
    definition: str
    """Pipeline definition JSON, `${token}` where a value is only known to AWS."""
    values: Mapping[str, pulumi.Input[str]]
    """Value of each token, but for those that it gives itself: `${role_arn}`, `${account_id}`,
    `${region}`, `${made_from}` and, of its tags, `${tag_team}` and the like."""
    code: Sequence[CodeFile]
    """What the steps read from `codeBucket`."""
    code_bucket: pulumi.Input[str]
    """Bucket in which the definition expects the code."""
    access: PipelineAccess
    """What the steps touch."""
    key_arn: pulumi.Input[str]
    """Customer key of what is written, handed on from step to step, and of the jobs' disks."""
    queue_key_arn: pulumi.Input[str]
    """Customer key of the queue for starts that failed; EventBridge must be allowed to use it."""
    tags: Mapping[str, str]
    """Must hold `project`, `environment`, `owner` and `team`."""
    made_from: Mapping[str, str]
    """Commit, branch and author; kept with the definition as it was when this was first made."""
    alerting: NotRequired[Alerting]
    """Whom the alarms tell; left out, they tell nobody."""
    max_parallel_steps: NotRequired[int]
    """Steps of one execution that run at once.

    By default `4`."""
    on_object: NotRequired[NewObject]
    """Start when an object arrives; by default no object starts it."""
    schedule: NotRequired[Recurring]
    """Start by the clock; by default no time starts it."""


class MlPipelineOutputs(TypedDict):
    """What ``MlPipeline`` gives."""

    pipeline_name: pulumi.Output[str]
    pipeline_arn: pulumi.Output[str]
    role_arn: pulumi.Output[str]
