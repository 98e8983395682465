"""S3 as the steps use it: many objects at a time, by several threads."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, TypeVar

import boto3
import botocore.session
from botocore.config import Config

THREADS = 8

T = TypeVar("T")


@cache
def client(service: str) -> Any:  # noqa: ANN401 - boto3's clients have no static type
    """Return a boto3 client of the container's region; the times in its answers stay text."""
    session = botocore.session.get_session()
    # A listing holds thousands of times that no step reads; parsing them takes most of a listing.
    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=str)
    make: Any = boto3.Session(botocore_session=session).client
    config = Config(
        retries={"max_attempts": 8, "mode": "standard"}, max_pool_connections=2 * THREADS
    )
    return make(service, config=config)


def split(uri: str) -> tuple[str, str]:
    """Return bucket and key of an S3 URI.

    Raises:
        ValueError: it is not one.
    """
    if not uri.startswith("s3://"):
        raise ValueError(f"uri must begin with s3://, got {uri!r}")
    bucket, _, key = uri[len("s3://") :].partition("/")
    return bucket, key


def listing(bucket: str, prefix: str) -> dict[str, str]:
    """Return the keys below a prefix with their ETags, in order."""
    pages = client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return {one["Key"]: one["ETag"] for page in pages for one in page.get("Contents", [])}


def sizes(bucket: str, prefix: str) -> dict[str, int]:
    """Return the keys below a prefix with their sizes in bytes, in order."""
    pages = client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return {one["Key"]: one["Size"] for page in pages for one in page.get("Contents", [])}


def folders(bucket: str, prefix: str) -> list[str]:
    """Return the folders right below a prefix, each ending in a slash."""
    pages = client("s3").get_paginator("list_objects_v2")
    found = pages.paginate(Bucket=bucket, Prefix=prefix, Delimiter="/")
    return [one["Prefix"] for page in found for one in page.get("CommonPrefixes", [])]


def fetch(bucket: str, keys: Iterable[str]) -> list[bytes]:
    """Read objects, in the order of their keys."""
    return read(bucket, keys, bytes)


def read(bucket: str, keys: Iterable[str], parse: Callable[[bytes], T]) -> list[T]:
    """Return what ``parse`` makes of each object, in the order of their keys."""
    s3 = client("s3")

    def get(key: str) -> T:
        return parse(s3.get_object(Bucket=bucket, Key=key)["Body"].read())

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(get, keys))


def digest(data: bytes) -> str:
    """Return the SHA-256 of some bytes."""
    return hashlib.sha256(data).hexdigest()
