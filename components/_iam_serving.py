"""What the served model may do, and what delivers it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from components._iam import (
    Statement,
    allow,
    document,
    join_network,
    lend_key,
    read_objects,
    use_key,
    write_logs,
    write_objects,
)
from components._place import Place
from components._tags import created, owned, tagged_at_once

BACKLOG_ALARM_SUFFIX = "-backlog"
"""End of the name of the alarm that wakes an endpoint without instances."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Exchange:
    """Where an asynchronous endpoint takes requests from and leaves answers."""

    requests: str
    """``bucket/prefix``."""
    answers: Sequence[str]
    """The same, of answers and of failures."""
    topic_arns: Sequence[str]
    topic_key_arn: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ServingReach:
    """What SageMaker needs to host the model."""

    models: str
    """``bucket/prefix`` of model artifacts."""
    capture: str
    """``bucket/prefix`` of captured traffic."""
    image_uri: str
    key_arn: str
    """Customer key of artifacts and disks."""
    capture_key_arn: str
    log_group: str
    joins_network: bool
    exchange: Exchange | None = None
    """By default the endpoint answers at once."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveryReach:
    """What changes when another version goes live."""

    model_package_group: str
    endpoint_name: str
    model_name_prefix: str
    """What the names of models and endpoint configurations start with."""
    serving_role_arn: str
    key_arn: str
    """Customer key of log and build."""
    data_key_arn: str
    """Customer key of the endpoint's disks."""
    log_group: str
    feature_groups: Sequence[str]
    """Groups whose schema the update compares with what is declared."""
    models: str
    """``bucket/prefix`` below which versions keep the sample that the endpoint is asked."""
    state_bucket: str | None
    tags: Mapping[str, str]
    """Of the stack, which endpoint, models and configurations bear."""


def host(place: Place, reach: ServingReach) -> str:
    """Allow pulling the image, reading the model, capturing traffic and writing logs.

    With network isolation the container itself gets none of this: SageMaker acts with the role.
    """
    return document(
        *read_objects(place, reach.models),
        write_objects(place, reach.capture),
        allow("kms:Decrypt", "kms:DescribeKey", on=reach.key_arn),
        lend_key(reach.key_arn),
        use_key(reach.capture_key_arn),
        allow(
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
            on=repository(place, reach.image_uri),
        ),
        allow("ecr:GetAuthorizationToken", on="*"),  # takes no resource
        allow(
            "cloudwatch:PutMetricData",
            on="*",  # takes no resource; the namespace narrows it
            when={"StringEquals": {"cloudwatch:namespace": "/aws/sagemaker/Endpoints"}},
        ),
        write_logs(place, reach.log_group),
        *(join_network(place) if reach.joins_network else ()),
        *(_exchange(place, reach.exchange) if reach.exchange else ()),
    )


def _exchange(place: Place, exchange: Exchange) -> Sequence[Statement]:
    return (
        *read_objects(place, exchange.requests),
        *(write_objects(place, prefix) for prefix in exchange.answers),
        allow("sns:Publish", on=list(exchange.topic_arns)),
        use_key(exchange.topic_key_arn),
    )


def repository(place: Place, image_uri: str) -> str:
    """Return the ARN of the repository that an image of ECR lies in.

    ``${account_id}`` in its place is the account itself, as in the definitions of pipelines.

    Raises:
        ValueError: ``image_uri`` is not ``account.dkr.ecr.region.suffix/name:tag``.
    """
    host_name, slash, rest = image_uri.partition("/")
    parts = host_name.split(".")
    if not slash or parts[1:3] != ["dkr", "ecr"]:
        raise ValueError(f"image_uri must be an image in ECR, got {image_uri!r}")
    name = rest.partition("@")[0].partition(":")[0]
    account = place.account_id if parts[0] == "${account_id}" else parts[0]
    return f"arn:{place.partition}:ecr:{parts[3]}:{account}:repository/{name}"


def deliver(place: Place, reach: DeliveryReach) -> str:
    """Allow an update of the stack in which only the served version differs, and no other."""
    configurations = place.arn("sagemaker", f"endpoint-config/{reach.model_name_prefix}*")
    models = [place.arn("sagemaker", f"model/{reach.model_name_prefix}*"), configurations]
    endpoint = place.arn("sagemaker", f"endpoint/{reach.endpoint_name}")
    group = reach.model_package_group
    return document(
        write_logs(place, reach.log_group),
        allow(
            "sagemaker:ListModelPackages",
            "sagemaker:DescribeModelPackage",
            "sagemaker:DescribeModelPackageGroup",
            on=[
                place.arn("sagemaker", f"model-package-group/{group}"),
                place.arn("sagemaker", f"model-package/{group}/*"),
            ],
        ),
        allow(
            "sagemaker:DescribeFeatureGroup",
            on=[place.arn("sagemaker", f"feature-group/{name}") for name in reach.feature_groups],
        ),
        # Pulumi names models and configurations, by the use case alone: tags say whose they are.
        allow(
            "sagemaker:CreateModel",
            "sagemaker:CreateEndpointConfig",
            on=models,
            when=created(reach.tags),
        ),
        allow(
            "sagemaker:DescribeModel",
            "sagemaker:DeleteModel",
            "sagemaker:DescribeEndpointConfig",
            "sagemaker:DeleteEndpointConfig",
            "sagemaker:ListTags",
            on=models,
            when=owned(reach.tags),
        ),
        allow("sagemaker:AddTags", on=models, when=tagged_at_once(reach.tags)),
        allow("sagemaker:AddTags", "sagemaker:DeleteTags", on=models, when=owned(reach.tags)),
        # An endpoint takes a configuration by the right to both.
        allow(
            "sagemaker:CreateEndpoint",
            "sagemaker:UpdateEndpoint",
            on=configurations,
            when=owned(reach.tags),
        ),
        allow(
            "sagemaker:CreateEndpoint",
            "sagemaker:UpdateEndpoint",
            "sagemaker:DescribeEndpoint",
            "sagemaker:AddTags",
            "sagemaker:DeleteTags",
            "sagemaker:ListTags",
            on=endpoint,
        ),
        allow(
            "iam:PassRole",
            on=reach.serving_role_arn,
            when={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        ),
        # Afterwards the endpoint is asked what its version was registered with.
        allow("sagemaker:InvokeEndpoint", on=endpoint),
        allow("s3:GetObject", on=place.s3(f"{reach.models}*/sample.*")),
        *_scaling(place, reach.endpoint_name),
        use_key(reach.key_arn),
        use_key(reach.data_key_arn),
        lend_key(reach.data_key_arn),
        *_state(place, reach.state_bucket),
    )


def _scaling(place: Place, endpoint_name: str) -> Sequence[Statement]:
    return (
        allow(
            "application-autoscaling:RegisterScalableTarget",
            "application-autoscaling:PutScalingPolicy",
            "application-autoscaling:PutScheduledAction",
            "application-autoscaling:TagResource",
            "application-autoscaling:ListTagsForResource",
            on=place.arn("application-autoscaling", "scalable-target/*"),
            when={
                "StringEquals": {
                    "application-autoscaling:service-namespace": "sagemaker",
                    "application-autoscaling:scalable-dimension": (
                        "sagemaker:variant:DesiredInstanceCount"
                    ),
                }
            },
        ),
        allow(
            "application-autoscaling:DescribeScalableTargets",
            "application-autoscaling:DescribeScalingPolicies",
            "application-autoscaling:DescribeScheduledActions",
            on="*",  # Describe calls take no resource
        ),
        # What scales asks CloudWatch for alarms of its own, named by the service; the other one
        # wakes an endpoint that has scaled to zero.
        allow(
            "cloudwatch:PutMetricAlarm",
            "cloudwatch:DescribeAlarms",
            "cloudwatch:DeleteAlarms",
            "cloudwatch:ListTagsForResource",
            "cloudwatch:TagResource",
            on=[
                place.arn("cloudwatch", "alarm:TargetTracking-endpoint/*"),
                place.arn("cloudwatch", f"alarm:{endpoint_name}{BACKLOG_ALARM_SUFFIX}"),
            ],
        ),
    )


def _state(place: Place, bucket: str | None) -> Sequence[Statement]:
    if bucket is None:
        return ()
    return (
        allow("s3:ListBucket", on=place.s3(bucket)),
        # Pulumi takes its lock by writing an object, and gives it back by deleting it.
        allow(
            "s3:GetObject", "s3:PutObject", "s3:DeleteObject", on=place.s3(f"{bucket}/.pulumi/*")
        ),
    )
