"""What ``components.audit_trail`` is in plain values."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi


class AuditTrailArgs(TypedDict):
    """Inputs of `AuditTrail`."""

    trail_name: str
    """Name of the trail, one per account and region."""
    buckets: Sequence[pulumi.Input[str]]
    """Names of the buckets whose objects are watched; each access is an event that is billed."""
    access_log_bucket: pulumi.Input[str]
    """Bucket that takes the access logs of the trail's own bucket."""
    key_arn: pulumi.Input[str]
    """Customer key of what is recorded; CloudTrail and CloudWatch Logs must be let use it."""
    log_group_name: str
    """Log group that events reach within minutes, to search and alarm on."""
    tags: Mapping[str, str]
    """Must hold `project`, `environment`, `owner` and `team`."""
    log_retention_days: NotRequired[int]
    """By default `365`."""
    record_retention_days: NotRequired[int]
    """By default `731`."""
    noncurrent_retention_days: NotRequired[int]
    """By default `90`."""
    deletion_protection: NotRequired[bool]
    """Pulumi refuses to delete the records' bucket.

    By default `true`."""
    force_destroy: NotRequired[bool]
    """Records go with their bucket.

    By default `false`."""


class AuditTrailOutputs(TypedDict):
    """What ``AuditTrail`` gives."""

    trail_arn: pulumi.Output[str]
    record_bucket: pulumi.Output[str]
