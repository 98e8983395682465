"""Buckets, their settings, and objects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.emulator.server import Emulator
from infra.graph.assets import ASSET, SIGNATURE
from infra.resources.clients import EndpointClients
from infra.resources.handler import InputError
from infra.resources.s3 import TYPES
from tests.resources.types import Standing, assert_lives, of, stand

BUCKET = of(TYPES, "aws:s3/bucket:Bucket")
OBJECT = of(TYPES, "aws:s3/bucketObjectv2:BucketObjectv2")


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    parts = ("credentials", "bucket_policies", "events")
    with Emulator(workspace=tmp_path_factory.mktemp("workspace"), parts=parts) as running:
        yield running


@pytest.fixture
def bucket(aws: EndpointClients) -> Iterator[str]:
    standing = stand(BUCKET, aws, "Raw", {"forceDestroy": True})
    yield standing.id
    standing.delete()


def only_tls(bucket: str) -> str:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


LIFECYCLE = [
    {
        "id": "captured",
        "status": "Enabled",
        "filter": {"prefix": "captured/"},
        "expiration": {"days": 30},
        "noncurrentVersionExpiration": {"noncurrentDays": 7},
        "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
    },
    {
        "id": "all",
        "status": "Enabled",
        "transitions": [{"days": 30, "storageClass": "STANDARD_IA"}],
    },
]
ENCRYPTION = [
    {
        "applyServerSideEncryptionByDefault": {
            "sseAlgorithm": "aws:kms",
            "kmsMasterKeyId": "arn:aws:kms:us-east-1:123456789012:key/k",
        },
        "bucketKeyEnabled": True,
    }
]
SETTINGS: dict[str, dict[str, Any]] = {
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {
        "rules": ENCRYPTION
    },
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": {
        "blockPublicAcls": True,
        "blockPublicPolicy": True,
        "ignorePublicAcls": True,
        "restrictPublicBuckets": False,
    },
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": {"rules": LIFECYCLE},
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": {
        "rule": {"objectOwnership": "BucketOwnerEnforced"}
    },
    "aws:s3/bucketNotification:BucketNotification": {"eventbridge": True},
}


def test_a_bucket_reads_back_as_declared_and_goes(aws: EndpointClients) -> None:
    assert_lives(stand(BUCKET, aws, "Data", {"tags": {"a": "b"}}))


def test_a_bucket_takes_other_tags_and_none(aws: EndpointClients) -> None:
    standing = stand(BUCKET, aws, "tagged", {"tags": {"a": "b"}})
    changed = standing.changed(tags={"c": "d"})
    assert aws("s3").get_bucket_tagging(Bucket=standing.id)["TagSet"] == [
        {"Key": "c", "Value": "d"}
    ]
    assert_lives(changed.changed(tags=None))


def test_a_bucket_with_objects_goes_only_where_that_is_forced(aws: EndpointClients) -> None:
    standing = stand(BUCKET, aws, "full", {})
    versions = {"Status": "Enabled"}
    aws("s3").put_bucket_versioning(Bucket=standing.id, VersioningConfiguration=versions)
    for body in (b"1", b"2"):
        aws("s3").put_object(Bucket=standing.id, Key="x", Body=body)
    with pytest.raises(ClientError, match="BucketNotEmpty"):
        standing.delete()
    forced = standing.changed(forceDestroy=True)
    forced.delete()
    assert forced.read() is None


def test_fails_on_a_bucket_that_stands_outside_the_stack(aws: EndpointClients, bucket: str) -> None:
    with pytest.raises(ClientError, match="BucketAlreadyOwnedByYou"):
        stand(BUCKET, aws, "mine", {"bucket": bucket})


@pytest.mark.parametrize("token", SETTINGS, ids=lambda token: token.rpartition(":")[2])
def test_a_setting_reads_back_as_declared_and_goes(
    aws: EndpointClients, bucket: str, token: str
) -> None:
    assert_lives(stand(of(TYPES, token), aws, "is", {"bucket": bucket, **SETTINGS[token]}))


def test_a_policy_that_asks_for_tls_reads_back_and_refuses_nobody(
    aws: EndpointClients, bucket: str
) -> None:
    kind = of(TYPES, "aws:s3/bucketPolicy:BucketPolicy")
    standing = stand(kind, aws, "tls", {"bucket": bucket, "policy": only_tls(bucket)})
    aws("s3").put_object(Bucket=bucket, Key="x", Body=b"1")
    assert aws("s3").get_object(Bucket=bucket, Key="x")["Body"].read() == b"1"
    assert_lives(standing)


def test_versions_are_suspended_when_their_setting_goes(aws: EndpointClients, bucket: str) -> None:
    kind = of(TYPES, "aws:s3/bucketVersioning:BucketVersioning")
    declared = {"bucket": bucket, "versioningConfiguration": {"status": "Enabled"}}
    standing = stand(kind, aws, "versions", declared)
    found = standing.read()
    assert found is not None
    assert found.outputs == declared
    standing.delete()
    assert aws("s3").get_bucket_versioning(Bucket=bucket)["Status"] == "Suspended"


def test_access_logs_go_to_another_bucket_and_stop(aws: EndpointClients, bucket: str) -> None:
    target = stand(BUCKET, aws, "logs", {}).id
    grant = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{target}/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [grant]})
    aws("s3").put_bucket_policy(Bucket=target, Policy=policy)
    kind = of(TYPES, "aws:s3/bucketLogging:BucketLogging")
    declared = {"bucket": bucket, "targetBucket": target, "targetPrefix": "access/"}
    assert_lives(stand(kind, aws, "access", declared))


def test_fails_on_an_unknown_property_of_a_setting(aws: EndpointClients, bucket: str) -> None:
    kind = of(TYPES, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")
    with pytest.raises(InputError, match="blockPublic is no property, close"):
        stand(kind, aws, "is", {"bucket": bucket, "blockPublic": True})


def put(aws: EndpointClients, bucket: str, **content: Any) -> Standing:
    return stand(OBJECT, aws, "code.py", {"bucket": bucket, "tags": {"a": "b"}, **content})


def body(aws: EndpointClients, bucket: str) -> bytes:
    answer: bytes = aws("s3").get_object(Bucket=bucket, Key="code.py")["Body"].read()
    return answer


def test_an_object_has_the_logical_name_as_key_and_the_files_content(
    aws: EndpointClients, bucket: str, tmp_path: Path
) -> None:
    (tmp_path / "a").write_bytes(b"print()")
    asset = {SIGNATURE: ASSET, "path": str(tmp_path / "a")}
    standing = put(aws, bucket, source=asset, contentType="text/x-python")
    assert standing.id == f"{bucket}/code.py"
    assert body(aws, bucket) == b"print()"
    assert_lives(standing)


def test_another_content_is_put_over_the_old(aws: EndpointClients, bucket: str) -> None:
    changed = put(aws, bucket, content="old").changed(content=None, contentBase64="bmV3")
    assert body(aws, bucket) == b"new"
    changed.delete()


def test_fails_on_two_contents(aws: EndpointClients, bucket: str) -> None:
    with pytest.raises(InputError, match=r"'code.py': give one of .*, got \['content', 'content"):
        put(aws, bucket, content="a", contentBase64="YQ==")
