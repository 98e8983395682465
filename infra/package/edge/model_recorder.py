"""What ``components.model_recorder`` is in plain values."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from infra.package.edge.alerting import Alerting
from infra.package.edge.code import FunctionCode


class ModelRecorderArgs(TypedDict):
    """Inputs of `ModelRecorder`."""

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
    use_case: str
    """Folder of `pipelines/` whose `card.py` states what the model is for."""
    owner: str
    """Who answers for the model, as its cards name them."""
    model_package_group: pulumi.Input[str]
    """Group whose versions are written down."""
    training_pipeline: pulumi.Input[str]
    """Name of the pipeline that registers them."""
    feature_groups: Sequence[pulumi.Input[str]]
    """Names of the groups that they are trained from."""
    raw_bucket: pulumi.Input[str]
    """Bucket of raw data and labels; its objects' versions are listed, none is read."""
    artifacts_bucket: pulumi.Input[str]
    """Bucket of manifests and evaluations."""
    data_key_arn: pulumi.Input[str]
    """Customer key of that bucket, and of the cards."""
    log_group_name: str
    """Log group of the function."""
    objective: NotRequired[str]
    """What the use case is for, as its cards say; by default what `card.py` says."""
    model_cards: NotRequired[bool]
    """Write a model card for each version.

    By default `true`."""
    tracking_server_arn: NotRequired[pulumi.Input[str]]
    """MLflow tracking server to write runs to; by default none."""


class ModelRecorderOutputs(TypedDict):
    """What ``ModelRecorder`` gives."""

    function_name: pulumi.Output[str]
