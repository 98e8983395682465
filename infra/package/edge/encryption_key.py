"""What ``components.encryption_key`` is in plain values."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from infra.package.edge.downstream import Downstream
from infra.package.edge.words import EncryptionKeyServices


class EncryptionKeyArgs(TypedDict):
    """Inputs of `EncryptionKey`."""

    description: str
    """What the key encrypts, shown in the console."""
    tags: Mapping[str, str]
    """Must hold `project`, `environment`, `owner` and `team`."""
    services: NotRequired[Sequence[EncryptionKeyServices]]
    """Services that use the key with no role of ours, for this account only."""
    used_through: NotRequired[Sequence[str]]
    """Services on whose behalf alone roles use the key (`s3`); by default IAM alone decides."""
    downstream: NotRequired[Downstream]
    """Who of another account may decrypt what it reads through S3; by default nobody."""
    deletion_window_days: NotRequired[int]
    """Days in which a scheduled deletion can be cancelled (7-30).

    By default `30`."""
    deletion_protection: NotRequired[bool]
    """Pulumi refuses to delete the key.

    By default `true`."""


class EncryptionKeyOutputs(TypedDict):
    """What ``EncryptionKey`` gives."""

    arn: pulumi.Output[str]
