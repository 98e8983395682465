"""What ``components.feature_stream`` is in plain values."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from infra.package.edge.alerting import Alerting
from infra.package.edge.code import FunctionCode


class FeatureStreamArgs(TypedDict):
    """Inputs of `FeatureStream`."""

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
    stream_name: str
    """Producers know the stream by it."""
    feature_group: pulumi.Input[str]
    """Group that the records go to."""
    data_key_arn: pulumi.Input[str]
    """Customer key of the stream and of the feature group."""
    log_group_name: str
    """Log group of the function."""
    shard_count: NotRequired[int]
    """Shards, each 1 MB a second in; by default Kinesis scales them (on demand)."""
    retention_hours: NotRequired[int]
    """For which the stream keeps records, so that a broken function loses none (24-8760).

    By default `24`."""
    batch_size: NotRequired[int]
    """Most records that the function is given at once (1-10000).

    By default `100`."""
    window_seconds: NotRequired[int]
    """For which a batch may gather (0-300).

    By default `1`."""
    max_retries: NotRequired[int]
    """Attempts after the first, before a batch that fails is given up (0-10000).

    By default `5`."""
    max_age_hours: NotRequired[int]
    """After which a record that still fails is given up (1-168).

    By default `24`."""
    deletion_protection: NotRequired[bool]
    """Pulumi refuses to delete or replace the stream: either loses what was not read yet.

    By default `true`."""


class FeatureStreamOutputs(TypedDict):
    """What ``FeatureStream`` gives."""

    stream_name: pulumi.Output[str]
    stream_arn: pulumi.Output[str]
    dead_letters_arn: pulumi.Output[str]
    """Queue of records that were refused and batches that were given up."""
