"""What ``components.artifact_store`` is in plain values."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi

from infra.package.edge.downstream import Downstream


class ArtifactStoreArgs(TypedDict):
    """Inputs of `ArtifactStore`."""

    tags: Mapping[str, str]
    """Must hold `project`, `environment`, `owner` and `team`."""
    noncurrent_retention_days: NotRequired[int]
    """By default `90`."""
    capture_retention_days: NotRequired[int]
    """By default `365`."""
    downstream: NotRequired[Downstream]
    """Who of another account may read artifacts; by default nobody."""
    deletion_protection: NotRequired[bool]
    """Pulumi refuses to delete buckets and keys.

    By default `true`."""
    force_destroy: NotRequired[bool]
    """Objects go with their bucket when the stack is destroyed.

    By default `false`."""
    studio: NotRequired[bool]
    """The artifacts' key encrypts homes in Studio too, which lie on EFS.

    By default `false`."""


class ArtifactStoreOutputs(TypedDict):
    """What ``ArtifactStore`` gives."""

    raw_bucket: pulumi.Output[str]
    features_bucket: pulumi.Output[str]
    artifacts_bucket: pulumi.Output[str]
    capture_bucket: pulumi.Output[str]
    access_log_bucket: pulumi.Output[str]
    """Bucket of access logs, ready to take those of other buckets."""
    raw_key_arn: pulumi.Output[str]
    """Customer key of raw data and labels."""
    features_key_arn: pulumi.Output[str]
    """Customer key of the feature groups' stores, online and offline."""
    artifacts_key_arn: pulumi.Output[str]
    """Customer key of code, models, what steps hand on, and the disks of jobs and endpoints."""
    capture_key_arn: pulumi.Output[str]
    """Customer key of captured traffic."""
