"""The buckets of a stack and the keys that encrypt them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi

from components._bucket import BucketPlan, PrivateBucket, private_bucket
from components._iam import Statement
from components._iam_promotion import objects_for, releases_for
from components._iam_storage import access_logs
from components._place import Place
from components._tags import stamp
from components.downstream import Downstream
from components.encryption_key import EncryptionKey, EncryptionKeyArgs

ACCESS_LOG_DAYS = 365
CLASSES: Final = {
    "raw": "Raw data and labels",
    "features": "Feature groups, online and offline",
    "artifacts": "Code, models, what steps hand on, disks of jobs and endpoints",
    "capture": "Captured traffic",
}
"""Classes of data, each with a bucket and a key, and what the key is said to encrypt."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ArtifactStoreArgs:
    """Inputs of :class:`ArtifactStore`.

    Raises:
        ValueError: both ``deletion_protection`` and ``force_destroy`` are asked for.
    """

    tags: Mapping[str, str]
    """Must hold ``project``, ``environment``, ``owner`` and ``team``."""
    noncurrent_retention_days: int = 90
    capture_retention_days: int = 365
    downstream: Downstream | None = None
    """Who of another account may read artifacts; by default nobody."""
    deletion_protection: bool = True
    """Pulumi refuses to delete buckets and keys."""
    force_destroy: bool = False
    """Objects go with their bucket when the stack is destroyed."""
    studio: bool = False
    """The artifacts' key encrypts homes in Studio too, which lie on EFS."""

    def __post_init__(self) -> None:
        if self.deletion_protection and self.force_destroy:
            raise ValueError("force_destroy must be false with deletion_protection, got true")


class ArtifactStore(pulumi.ComponentResource):
    """Raw data, features, artifacts and captured traffic, each in a bucket of its own.

    Each has a customer key of its own, which reads as: who may use this class of data. Access is
    logged to a fifth bucket, encrypted by S3 since its log delivery cannot use customer keys.

    Raises:
        ValueError: a required tag is missing from ``args.tags``.
    """

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

    def __init__(
        self, name: str, args: ArtifactStoreArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mlops:index:ArtifactStore", name, {}, opts)
        tags = stamp(args.tags, component=name)

        def keep(
            kind: str,
            logs: pulumi.Input[str] | None,
            key: EncryptionKey | None,
            days: int | None,
        ) -> PrivateBucket:
            return private_bucket(
                f"{name}-{kind}",
                BucketPlan(
                    tags=tags,
                    parent=self,
                    key_arn=None if key is None else key.arn,
                    logs=logs,
                    downstream=args.downstream if kind == "artifacts" else None,
                    allowed=access_logs if logs is None else _readable(kind, args.downstream),
                    noncurrent_days=args.noncurrent_retention_days,
                    expire_days=days,
                    force_destroy=args.force_destroy,
                    protect=args.deletion_protection,
                ),
            )

        self.access_log_bucket = keep("logs", None, None, ACCESS_LOG_DAYS).open_to_services
        keys = {kind: self._key(f"{name}-{kind}-data", args, kind) for kind in CLASSES}
        days = {"capture": args.capture_retention_days}
        buckets = {
            kind: keep(kind, self.access_log_bucket, key, days.get(kind)).bucket.bucket
            for kind, key in keys.items()
        }
        self.raw_bucket, self.raw_key_arn = buckets["raw"], keys["raw"].arn
        self.features_bucket, self.features_key_arn = buckets["features"], keys["features"].arn
        self.artifacts_bucket, self.artifacts_key_arn = buckets["artifacts"], keys["artifacts"].arn
        self.capture_bucket, self.capture_key_arn = buckets["capture"], keys["capture"].arn
        self.register_outputs(
            {"access_log_bucket": self.access_log_bucket}
            | {f"{kind}_bucket": bucket for kind, bucket in buckets.items()}
            | {f"{kind}_key_arn": key.arn for kind, key in keys.items()}
        )

    def _key(self, name: str, args: ArtifactStoreArgs, kind: str) -> EncryptionKey:
        homes = ("elasticfilesystem",) if args.studio and kind == "artifacts" else ()
        return EncryptionKey(
            name,
            EncryptionKeyArgs(
                description=CLASSES[kind],
                tags=args.tags,
                used_through=("s3", "sagemaker", "ec2", *homes),
                downstream=args.downstream if kind == "artifacts" else None,
                deletion_protection=args.deletion_protection,
            ),
            pulumi.ResourceOptions(parent=self),
        )


def _readable(
    kind: str, downstream: Downstream | None
) -> Callable[[Place, str], Sequence[Statement]] | None:
    """Return what lets the next environment read artifacts, and nothing else of the stack."""
    if downstream is None or kind != "artifacts":
        return None
    return lambda place, bucket_arn: (
        objects_for(place, bucket_arn, downstream),
        *releases_for(place, bucket_arn, downstream),
    )
