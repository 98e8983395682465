"""What ``components.model_endpoint`` is in plain values."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from infra.package.edge.alerting import Alerting
from infra.package.edge.rollout import Rollout
from infra.package.edge.scaling import Scaling
from infra.package.edge.serving_modes import Asynchronous, Serverless
from infra.package.edge.variants import Shadow, Variant


class ModelEndpointMode(TypedDict):
    """By default the endpoint answers at once, on instances: exactly one of these."""

    asynchronous: NotRequired[Asynchronous]
    serverless: NotRequired[Serverless]


class ModelEndpointArgs(TypedDict):
    """Inputs of `ModelEndpoint`."""

    endpoint_name: str
    """Callers know the endpoint by it; a change replaces the endpoint."""
    variants: Sequence[Variant]
    """What answers; either all have a version or none."""
    image_uri: str
    """Image of the container in ECR: the role may pull its repository only. `${account_id}` in
    it is the account itself."""
    models: pulumi.Input[str]
    """`bucket/prefix` below which model artifacts lie; the role may read these only."""
    capture_bucket: pulumi.Input[str]
    """Bucket of captured traffic."""
    capture_prefix: str
    """Where captured traffic starts in it, without slashes at its ends."""
    key_arn: pulumi.Input[str]
    """Customer key of artifacts and of the endpoint's disks."""
    capture_key_arn: pulumi.Input[str]
    """Customer key of captured traffic."""
    log_key_arn: pulumi.Input[str]
    """Customer key of the container's log."""
    tags: Mapping[str, str]
    """Must hold `project`, `environment`, `owner` and `team`."""
    mode: NotRequired[ModelEndpointMode]
    """By default the endpoint answers at once, on instances."""
    shadow: NotRequired[Shadow]
    """Gets copies of what the one variant is asked."""
    scaling: NotRequired[Scaling]
    """How instances follow the traffic, where a variant's counts leave room."""
    alerting: NotRequired[Alerting]
    """Whom the alarms tell; left out, they tell nobody."""
    rollout: NotRequired[Rollout]
    """How other versions take over; alarms roll back in any case but a serverless one."""
    data_capture_percent: NotRequired[int]
    """0 captures nothing, as only instances that answer at once can.

    By default `100`."""
    latency_alarm_milliseconds: NotRequired[int]
    """Mean time of the model itself; above it an update is rolled back.

    By default `2000`."""
    log_retention_days: NotRequired[int]
    """By default `365`."""
    subnet_ids: NotRequired[Sequence[pulumi.Input[str]]]
    """Subnets that the containers join; empty leaves them outside a VPC."""
    security_group_ids: NotRequired[Sequence[pulumi.Input[str]]]
    """Security groups of the containers in these subnets."""
    made_from: NotRequired[Mapping[str, str]]
    """Further tags of model, configuration and endpoint: where the served version comes from."""


class ModelEndpointOutputs(TypedDict):
    """What ``ModelEndpoint`` gives."""

    endpoint_name: str
    """Known before the endpoint stands."""
    role_arn: pulumi.Output[str]
    alarm_arns: Sequence[pulumi.Output[str]]
    """Of the alarms that roll an update back."""
    model_name_prefix: str
    """What the names of models and endpoint configurations start with."""
