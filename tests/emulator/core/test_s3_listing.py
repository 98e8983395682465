"""Listings written by the emulator say what moto's own say."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.s3.responses import S3Response

from infra.emulator.server import Emulator
from tests.emulator.support import REGION

PARTS = ("credentials", "s3_listing")
BUCKET = "listing"
KEYS = ("a/b/1 & 2.csv", "a/b/<tag>", "a/c/\u00e9t\u00e9+hiver", "a/d", "z")


@pytest.fixture(scope="module")
def s3(emulator: Emulator) -> Any:
    client = emulator.context.client("s3", REGION)
    client.create_bucket(Bucket=BUCKET)
    for key in KEYS:
        client.put_object(Bucket=BUCKET, Key=key, Body=key.encode(), ChecksumAlgorithm="SHA256")
    return client


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"Prefix": "a/"},
        {"Prefix": "a/", "Delimiter": "/"},
        {"Prefix": "nothing/"},
        {"MaxKeys": 2},
        {"StartAfter": "a/c"},
        {"FetchOwner": True},
    ],
    ids=str,
)
def test_a_listing_says_what_motos_own_says(
    s3: Any, monkeypatch: pytest.MonkeyPatch, asked: dict[str, Any]
) -> None:
    ours = s3.list_objects_v2(Bucket=BUCKET, **asked)
    monkeypatch.delattr(S3Response, "serialized")
    motos = s3.list_objects_v2(Bucket=BUCKET, **asked)
    for answer in (ours, motos):
        del answer["ResponseMetadata"]
        answer.pop("NextContinuationToken", None)  # random
    assert ours == motos


def test_pages_follow_one_another(s3: Any) -> None:
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=BUCKET, PaginationConfig={"PageSize": 2}
    )
    assert [one["Key"] for page in pages for one in page["Contents"]] == sorted(KEYS)


def test_a_bucket_that_is_not_there_is_still_told_by_moto(s3: Any) -> None:
    with pytest.raises(ClientError, match="NoSuchBucket"):
        s3.list_objects_v2(Bucket="nowhere")


def test_versions_are_those_of_the_keys_asked_for_newest_first(s3: Any) -> None:
    s3.create_bucket(Bucket="versions")
    s3.put_bucket_versioning(Bucket="versions", VersioningConfiguration={"Status": "Enabled"})
    for body in ("old", "new"):
        for key in KEYS:
            s3.put_object(Bucket="versions", Key=key, Body=body.encode())
    s3.delete_object(Bucket="versions", Key="a/d")
    told = s3.list_object_versions(Bucket="versions", Prefix="a/d")
    assert [one["Key"] for one in told["Versions"]] == ["a/d", "a/d"]
    assert [one["IsLatest"] for one in told["DeleteMarkers"]] == [True]
    pages = s3.get_paginator("list_object_versions").paginate(
        Bucket="versions", PaginationConfig={"PageSize": 3}
    )
    listed = [(one["Key"], one["IsLatest"]) for page in pages for one in page["Versions"]]
    assert [key for key, latest in listed if latest] == sorted(set(KEYS) - {"a/d"})
    assert len(listed) == 2 * len(KEYS)
    body = s3.get_object(Bucket="versions", Key="z")["Body"].read()
    assert body == b"new", "a listing leaves what it lists as it is"
