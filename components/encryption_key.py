"""A customer-managed key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

from components._iam_storage import key_policy
from components._place import here
from components._tags import stamp
from components.downstream import Downstream


@dataclass(frozen=True, kw_only=True, slots=True)
class EncryptionKeyArgs:
    """Inputs of :class:`EncryptionKey`."""

    description: str
    """What the key encrypts, shown in the console."""
    tags: Mapping[str, str]
    """Must hold ``project``, ``environment``, ``owner`` and ``team``."""
    services: tuple[Literal["logs", "events", "cloudtrail", "cloudwatch", "budgets"], ...] = ()
    """Services that use the key with no role of ours, for this account only."""
    used_through: tuple[str, ...] = ()
    """Services on whose behalf alone roles use the key (``s3``); by default IAM alone decides."""
    downstream: Downstream | None = None
    """Who of another account may decrypt what it reads through S3; by default nobody."""
    deletion_window_days: int = 30
    """Days in which a scheduled deletion can be cancelled (7-30)."""
    deletion_protection: bool = True
    """Pulumi refuses to delete the key."""


class EncryptionKey(pulumi.ComponentResource):
    """A symmetric key that rotates each year; its policy tells administration from use.

    IAM policies say which role may do either: a key that its own policy alone gave away would be
    lost with those it names.

    Raises:
        ValueError: a required tag is missing from ``args.tags``.
    """

    arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: EncryptionKeyArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mlops:index:EncryptionKey", name, {}, opts)
        key = aws.kms.Key(
            f"{name}-key",
            description=args.description,
            enable_key_rotation=True,
            deletion_window_in_days=args.deletion_window_days,
            policy=here().apply(
                lambda place: key_policy(
                    place,
                    services=args.services,
                    used_through=args.used_through,
                    downstream=args.downstream,
                )
            ),
            tags=stamp(args.tags, component=name),
            opts=pulumi.ResourceOptions(parent=self, protect=args.deletion_protection),
        )
        self.arn = key.arn
        self.register_outputs({"arn": self.arn})
