"""A private bucket: the resources that make one out of S3's defaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components._iam import Statement
from components._iam_promotion import readers
from components._iam_storage import bucket_policy
from components._place import Place, here
from components.downstream import Downstream

ABORT_MULTIPART_DAYS = 7
_Default = (
    aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgsDict
)


@dataclass(frozen=True, kw_only=True, slots=True)
class PrivateBucket:
    """A bucket, and the policy without which services cannot write to it."""

    bucket: aws.s3.Bucket
    policy: aws.s3.BucketPolicy

    @property
    def open_to_services(self) -> pulumi.Output[str]:
        """Name of the bucket once its policy stands."""
        return pulumi.Output.all(self.bucket.bucket, self.policy.id).apply(
            lambda both: str(both[0])
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class BucketPlan:
    """How one bucket differs from the others."""

    tags: Mapping[str, str]
    parent: pulumi.Resource
    key_arn: pulumi.Input[str] | None
    """Customer key; ``None`` leaves it to S3's own, which access logs demand."""
    logs: pulumi.Input[str] | None
    """Bucket where access is logged; ``None`` for the one that holds the logs."""
    noncurrent_days: int
    """Days for which replaced and deleted objects can be brought back."""
    expire_days: int | None = None
    """Days after which objects go; ``None`` keeps them."""
    force_destroy: bool = False
    protect: bool = True
    allowed: Callable[[Place, str], Sequence[Statement]] | None = None
    """What its policy allows to services, given the bucket's ARN; by default nothing."""
    downstream: Downstream | None = None
    """Whose roles it does not refuse although they are another environment's."""


def private_bucket(name: str, plan: BucketPlan) -> PrivateBucket:
    """Declare a bucket that only its account's roles reach, over TLS, with every version kept.

    It announces new objects to EventBridge, unless it holds access logs.
    """
    child = pulumi.ResourceOptions(parent=plan.parent)
    bucket = aws.s3.Bucket(
        name,
        force_destroy=plan.force_destroy,
        tags=plan.tags,
        opts=pulumi.ResourceOptions(parent=plan.parent, protect=plan.protect),
    )
    aws.s3.BucketOwnershipControls(
        f"{name}-ownership",
        bucket=bucket.bucket,
        rule={"object_ownership": "BucketOwnerEnforced"},
        opts=child,
    )
    access = aws.s3.BucketPublicAccessBlock(
        f"{name}-access",
        bucket=bucket.bucket,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=child,
    )
    versioning = aws.s3.BucketVersioning(
        f"{name}-versioning",
        bucket=bucket.bucket,
        versioning_configuration={"status": "Enabled"},
        opts=child,
    )
    _encrypt(name, bucket, plan)
    policy = aws.s3.BucketPolicy(
        f"{name}-policy",
        bucket=bucket.bucket,
        policy=_policy(bucket, plan),
        # S3 refuses two changes of a bucket's access at once (409 OperationAborted).
        opts=pulumi.ResourceOptions(parent=plan.parent, depends_on=[access]),
    )
    _expire(name, bucket, plan, versioning)
    if plan.logs is not None:
        aws.s3.BucketLogging(
            f"{name}-logging",
            bucket=bucket.bucket,
            target_bucket=plan.logs,
            target_prefix=f"{name}/",
            opts=child,
        )
        aws.s3.BucketNotification(
            f"{name}-notification", bucket=bucket.bucket, eventbridge=True, opts=child
        )
    return PrivateBucket(bucket=bucket, policy=policy)


def _encrypt(name: str, bucket: aws.s3.Bucket, plan: BucketPlan) -> None:
    default: _Default
    default = (
        {"sse_algorithm": "AES256"}
        if plan.key_arn is None
        else {"sse_algorithm": "aws:kms", "kms_master_key_id": plan.key_arn}
    )
    aws.s3.BucketServerSideEncryptionConfiguration(
        f"{name}-encryption",
        bucket=bucket.bucket,
        rules=[
            {
                "apply_server_side_encryption_by_default": default,
                # One data key per bucket and hour instead of one KMS call per object.
                "bucket_key_enabled": plan.key_arn is not None,
            }
        ],
        opts=pulumi.ResourceOptions(parent=plan.parent),
    )


def _policy(bucket: aws.s3.Bucket, plan: BucketPlan) -> pulumi.Output[str]:
    def document(at: Place, arn: str) -> str:
        allowed = () if plan.allowed is None else plan.allowed(at, arn)
        others = None if plan.downstream is None else readers(at, plan.downstream)
        return bucket_policy(arn, *allowed, tags=plan.tags, readers=others)

    return pulumi.Output.all(here(), bucket.arn).apply(lambda both: document(*both))


def _expire(
    name: str, bucket: aws.s3.Bucket, plan: BucketPlan, versioning: aws.s3.BucketVersioning
) -> None:
    rules: list[aws.s3.BucketLifecycleConfigurationRuleArgsDict] = [
        {
            "id": "clear-up",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "noncurrent_version_expiration": {"noncurrent_days": plan.noncurrent_days},
            "abort_incomplete_multipart_upload": {"days_after_initiation": ABORT_MULTIPART_DAYS},
        }
    ]
    if plan.expire_days is not None:
        rules.append(
            {
                "id": "expire",
                "status": "Enabled",
                "filter": {"prefix": ""},
                "expiration": {"days": plan.expire_days},
            }
        )
    aws.s3.BucketLifecycleConfiguration(
        f"{name}-lifecycle",
        bucket=bucket.bucket,
        rules=rules,
        opts=pulumi.ResourceOptions(parent=plan.parent, depends_on=[versioning]),
    )
