"""What buckets keep, for how long, and who is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from infra.policy.ask import (
    beside,
    each,
    get,
    is_own_key,
    is_set,
    is_true,
    must,
    one_of,
)
from infra.policy.model import Problem, Resource, Rule, Stack
from infra.policy.rules._buckets import BUCKET, bucket_rule

ENCRYPTION: Final = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
)
LIFECYCLE: Final = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
LOGGING: Final = "aws:s3/bucketLogging:BucketLogging"
NOTIFICATION: Final = "aws:s3/bucketNotification:BucketNotification"
REPLICATION: Final = "aws:s3/bucketReplicationConfig:BucketReplicationConfig"
VERSIONING: Final = "aws:s3/bucketVersioning:BucketVersioning"


def _aborts_uploads(one: Resource, _: Stack) -> Iterator[Problem]:
    if not any(
        is_set(get(rule, "abortIncompleteMultipartUpload.daysAfterInitiation"))
        for rule in _enabled(one)
    ):
        yield Problem(what="a rule must end incomplete uploads after some days")


def _enabled(one: Resource) -> Iterable[Any]:
    rules = each(get(one.props, "rules"))
    return [rule for rule in rules if one_of("Enabled")(get(rule, "status"))]


def _forgets_versions(one: Resource, _: Stack) -> Iterator[Problem]:
    if not any(
        is_set(get(rule, key))
        for rule in _enabled(one)
        for key in ("noncurrentVersionExpiration", "noncurrentVersionTransitions")
    ):
        yield Problem(what="a rule must end or move versions that were replaced")


def _tells(one: Resource, _: Stack) -> Iterator[Problem]:
    told = ("queues", "topics", "lambdaFunctions")
    if not is_true(get(one.props, "eventbridge")) and not any(
        is_set(get(one.props, key)) for key in told
    ):
        yield Problem(what="eventbridge must be true, or somebody named who is told", found=False)


def _cleared(one: Resource, _: Stack) -> Iterator[Problem]:
    if not _enabled(one):
        yield Problem(what="rules must hold one that is enabled", found=one.props.get("rules"))


RULES: Final = (
    bucket_rule(
        "S3.7",
        "Buckets are replicated to another region",
        beside(REPLICATION, "bucket", "a replication must be declared"),
        "Declare a replication, or have the account's backup plan copy it",
        "CKV_AWS_144",
        severity="advisory",
    ),
    bucket_rule(
        "S3.9",
        "Access to buckets is logged",
        beside(
            LOGGING,
            "bucket",
            "access logs must be declared",
            must("targetBucket", is_set, "a bucket"),
        ),
        "Declare a BucketLogging into the stack's bucket of access logs",
        "CKV_AWS_18",
        "AwsSolutions-S1",
    ),
    bucket_rule(
        "S3.10",
        "Versions that were replaced are cleared away",
        beside(LIFECYCLE, "bucket", "a lifecycle must be declared", _forgets_versions),
        "Declare a lifecycle with noncurrentVersionExpiration",
    ),
    bucket_rule(
        "S3.11",
        "Buckets tell of what happens to them",
        beside(
            NOTIFICATION,
            "bucket",
            "notifications must be declared",
            _tells,
        ),
        "Declare a BucketNotification with eventbridge",
        "CKV2_AWS_62",
    ),
    bucket_rule(
        "S3.13",
        "Buckets have a lifecycle",
        beside(LIFECYCLE, "bucket", "a lifecycle must be declared", _cleared),
        "Declare a BucketLifecycleConfiguration",
        "CKV2_AWS_61",
    ),
    bucket_rule(
        "CKV_AWS_300",
        "Uploads that were never completed are cleared away",
        beside(LIFECYCLE, "bucket", "a lifecycle must be declared", _aborts_uploads),
        "Give a rule abortIncompleteMultipartUpload",
    ),
    bucket_rule(
        "S3.14",
        "Buckets are versioned",
        beside(
            VERSIONING,
            "bucket",
            "versioning must be declared",
            must("versioningConfiguration.status", one_of("Enabled"), "Enabled"),
        ),
        "Declare a BucketVersioning that is Enabled",
        "CKV_AWS_21",
    ),
    Rule(
        id="S3.15",
        title="Objects are locked against deletion",
        types=BUCKET,
        check=must("objectLockEnabled", is_true, "true"),
        remedy="Make the bucket anew with objectLockEnabled, where the law asks for it",
        severity="advisory",
        also=("CKV_AWS_143",),
    ),
    bucket_rule(
        "S3.17",
        "Buckets are encrypted with a customer key",
        beside(
            ENCRYPTION,
            "bucket",
            "encryption must be declared",
            must(
                "rules.applyServerSideEncryptionByDefault.kmsMasterKeyId",
                is_own_key,
                "a customer key",
            ),
        ),
        "Give the encryption's rule a kmsMasterKeyId",
        "CKV_AWS_145",
    ),
    bucket_rule(
        "CKV_AWS_19",
        "Buckets are encrypted",
        beside(
            ENCRYPTION,
            "bucket",
            "encryption must be declared",
            must(
                "rules.applyServerSideEncryptionByDefault.sseAlgorithm",
                one_of("AES256", "aws:kms", "aws:kms:dsse"),
                "an algorithm of S3",
            ),
        ),
        "Declare a BucketServerSideEncryptionConfiguration",
    ),
    bucket_rule(
        "S3.20",
        "Versions are deleted with a second factor",
        beside(
            VERSIONING,
            "bucket",
            "versioning must be declared",
            must("versioningConfiguration.mfaDelete", one_of("Enabled"), "Enabled"),
        ),
        "Have the account's root user enable it: no other can",
        "CIS 3.1.2",
        severity="advisory",
    ),
)
