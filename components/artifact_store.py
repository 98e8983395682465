"""The buckets of a stack and the key that encrypts them."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components._bucket import BucketPlan, PrivateBucket, private_bucket
from components._tags import stamp
from components.encryption_key import EncryptionKey, EncryptionKeyArgs

ACCESS_LOG_DAYS = 365


@dataclass(frozen=True, kw_only=True, slots=True)
class ArtifactStoreArgs:
    """Inputs of :class:`ArtifactStore`.

    Raises:
        ValueError: both ``deletion_protection`` and ``force_destroy`` are asked for.
    """

    tags: Mapping[str, str]
    """Must hold ``components._tags.REQUIRED``."""
    noncurrent_retention_days: int = 90
    capture_retention_days: int = 365
    deletion_protection: bool = True
    """Pulumi refuses to delete buckets and key."""
    force_destroy: bool = False
    """Objects go with their bucket when the stack is destroyed."""

    def __post_init__(self) -> None:
        if self.deletion_protection and self.force_destroy:
            raise ValueError("force_destroy must be false with deletion_protection, got true")


class ArtifactStore(pulumi.ComponentResource):
    """Raw data, features, artifacts and captured traffic, each in a bucket of its own.

    All are encrypted with one customer key, which reads as: who may use the stack's data. Access
    is logged to a fifth bucket, encrypted by S3 since its log delivery cannot use customer keys.

    Raises:
        ValueError: a required tag is missing from ``args.tags``.
    """

    raw_bucket: pulumi.Output[str]
    features_bucket: pulumi.Output[str]
    artifacts_bucket: pulumi.Output[str]
    capture_bucket: pulumi.Output[str]
    key_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: ArtifactStoreArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mlops:index:ArtifactStore", name, {}, opts)
        key = EncryptionKey(
            f"{name}-data",
            EncryptionKeyArgs(
                description="Raw data, features, artifacts and captured traffic",
                tags=args.tags,
                deletion_protection=args.deletion_protection,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        tags = stamp(args.tags, component=name)

        def plan(logs: PrivateBucket | None, expire_days: int | None = None) -> BucketPlan:
            return BucketPlan(
                tags=tags,
                parent=self,
                key_arn=None if logs is None else key.arn,
                logs=logs,
                noncurrent_days=args.noncurrent_retention_days,
                expire_days=expire_days,
                force_destroy=args.force_destroy,
                protect=args.deletion_protection,
            )

        logs = private_bucket(f"{name}-logs", plan(None, ACCESS_LOG_DAYS))
        self.key_arn = key.arn
        self.raw_bucket = private_bucket(f"{name}-raw", plan(logs)).bucket.bucket
        self.features_bucket = private_bucket(f"{name}-features", plan(logs)).bucket.bucket
        self.artifacts_bucket = private_bucket(f"{name}-artifacts", plan(logs)).bucket.bucket
        self.capture_bucket = private_bucket(
            f"{name}-capture", plan(logs, args.capture_retention_days)
        ).bucket.bucket
        self.register_outputs(
            {
                "key_arn": self.key_arn,
                "raw_bucket": self.raw_bucket,
                "features_bucket": self.features_bucket,
                "artifacts_bucket": self.artifacts_bucket,
                "capture_bucket": self.capture_bucket,
            }
        )
