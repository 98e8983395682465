"""What the functions may do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from components._iam import (
    Statement,
    allow,
    document,
    join_network,
    read_objects,
    use_key,
    write_logs,
)
from components._place import Place
from components._tags import owned


@dataclass(frozen=True, kw_only=True, slots=True)
class Surroundings:
    """What every function writes to."""

    log_group: str
    dead_letters_arn: str
    key_arn: str
    """Customer key of logs, queue and environment."""
    joins_network: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class GateReach:
    """What the retraining gate looks at, and the one thing it starts."""

    training_pipeline_arn: str
    model_package_group: str
    table_arn: str
    labels: str
    """``bucket/prefix`` of the labels it counts."""
    data_key_arn: str
    alarm_arns: Sequence[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoringReach:
    """What the scoring function reads and calls."""

    endpoint_name: str
    model_name_prefix: str
    feature_groups: Sequence[str]
    data_key_arn: str
    tags: Mapping[str, str]
    """Of the stack, which its models bear."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReleaseReach:
    """What the release monitor compares."""

    model_package_group: str
    endpoint_name: str
    model_name_prefix: str
    tags: Mapping[str, str]
    """Of the stack, which its models bear."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StreamReach:
    """What the function of a stream reads and writes."""

    stream_arn: str
    feature_group: str
    data_key_arn: str
    """Customer key of both."""


def decide(place: Place, around: Surroundings, reach: GateReach) -> str:
    """Allow the gate to see models, labels, alarms and its own decisions, and to start training."""
    group = reach.model_package_group
    return document(
        *surroundings(place, around),
        allow(
            "sagemaker:StartPipelineExecution",
            "sagemaker:ListPipelineExecutions",
            on=reach.training_pipeline_arn,
        ),
        _list_versions(place, group),
        allow("dynamodb:GetItem", "dynamodb:PutItem", on=reach.table_arn),
        allow("cloudwatch:DescribeAlarms", on=list(reach.alarm_arns)),
        *read_objects(place, reach.labels),
        allow("kms:Decrypt", on=reach.data_key_arn),
    )


def score(place: Place, around: Surroundings, reach: ScoringReach) -> str:
    """Allow reading online features, calling the one endpoint and seeing what it serves."""
    endpoint = place.arn("sagemaker", f"endpoint/{reach.endpoint_name}")
    groups = [place.arn("sagemaker", f"feature-group/{name}") for name in reach.feature_groups]
    return document(
        *surroundings(place, around),
        allow("sagemaker:InvokeEndpoint", on=endpoint),
        _see_what_serves(place, endpoint, reach.model_name_prefix, reach.tags),
        allow("sagemaker:GetRecord", "sagemaker:BatchGetRecord", on=groups),
        allow("kms:Decrypt", on=reach.data_key_arn),
    )


def compare_versions(place: Place, around: Surroundings, reach: ReleaseReach) -> str:
    """Allow seeing what was approved and what the one endpoint serves."""
    endpoint = place.arn("sagemaker", f"endpoint/{reach.endpoint_name}")
    return document(
        *surroundings(place, around),
        _list_versions(place, reach.model_package_group),
        _see_what_serves(place, endpoint, reach.model_name_prefix, reach.tags),
    )


def ingest(place: Place, around: Surroundings, reach: StreamReach) -> str:
    """Allow reading the one stream and writing the one feature group."""
    return document(
        *surroundings(place, around),
        allow(
            "kinesis:DescribeStream",
            "kinesis:DescribeStreamSummary",
            "kinesis:GetRecords",
            "kinesis:GetShardIterator",
            "kinesis:ListShards",
            on=reach.stream_arn,
        ),
        allow(
            "sagemaker:PutRecord", on=place.arn("sagemaker", f"feature-group/{reach.feature_group}")
        ),
        use_key(reach.data_key_arn),
    )


def invoke(function_arn: str, *, dead_letters_arn: str, key_arn: str) -> str:
    """Allow calling one function, and leaving word of a call that failed."""
    return document(
        allow("lambda:InvokeFunction", on=function_arn),
        allow("sqs:SendMessage", on=dead_letters_arn),
        allow("kms:Decrypt", "kms:GenerateDataKey", on=key_arn),
    )


def _list_versions(place: Place, group: str) -> Statement:
    return allow(
        "sagemaker:ListModelPackages",
        on=[
            place.arn("sagemaker", f"model-package-group/{group}"),
            place.arn("sagemaker", f"model-package/{group}/*"),
        ],
    )


def _see_what_serves(
    place: Place, endpoint_arn: str, model_name_prefix: str, tags: Mapping[str, str]
) -> Statement:
    return allow(
        "sagemaker:DescribeEndpoint",
        "sagemaker:DescribeEndpointConfig",
        "sagemaker:DescribeModel",
        on=[
            endpoint_arn,
            *(
                place.arn("sagemaker", f"{kind}/{model_name_prefix}*")
                for kind in ("endpoint-config", "model")
            ),
        ],
        when=owned(tags),  # Pulumi names models and configurations, by the use case alone
    )


def surroundings(place: Place, around: Surroundings) -> Sequence[Statement]:
    return (
        write_logs(place, around.log_group),
        allow("sqs:SendMessage", on=around.dead_letters_arn),
        use_key(around.key_arn),
        allow("xray:PutTraceSegments", "xray:PutTelemetryRecords", on="*"),  # take no resource
        *(join_network(place) if around.joins_network else ()),
    )
