"""Brings a model's artifacts to where its container will find them."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from infra.emulator.context import Context
from infra.emulator.hosting.errors import StartError


def location(container: Mapping[str, Any]) -> tuple[str, bool] | None:
    """Return the URI of a container's model data and whether it is one archive, if it has any."""
    if url := container.get("ModelDataUrl"):
        return url, True
    source = (container.get("ModelDataSource") or {}).get("S3DataSource")
    if source is None:
        return None
    return source["S3Uri"], source["CompressionType"] == "Gzip"


def split(uri: str) -> tuple[str, str]:
    """Return bucket and key of an ``s3://`` URI."""
    address = urlsplit(uri)
    return address.netloc, address.path.lstrip("/")


def download(
    context: Context, container: Mapping[str, Any], target: Path, *, region: str, role_arn: str
) -> None:
    """Put the model data under ``target`` as the model's execution role.

    Raises:
        StartError: the role may not read it, it is not there, or it is no archive.
    """
    target.mkdir(parents=True, exist_ok=True)
    place = location(container)
    if place is None:
        return
    uri, archive = place
    bucket, key = split(uri)
    try:
        s3 = context.client("s3", region, role_arn=role_arn)
        if archive:
            body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
            with tarfile.open(fileobj=io.BytesIO(body), mode="r:*") as tar:
                tar.extractall(target, filter="data")
        else:
            _download_tree(s3, bucket, key, target)
    except (BotoCoreError, ClientError) as error:
        raise StartError(
            f"Failed to download model data from {uri} as {role_arn}: {error}"
        ) from error
    except tarfile.TarError as error:
        raise StartError(f"Failed to extract model data archive {uri}: {error}") from error


def _download_tree(s3: Any, bucket: str, prefix: str, target: Path) -> None:  # noqa: ANN401 - boto3
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    for item in (item for page in pages for item in page.get("Contents", [])):
        path = target / item["Key"].removeprefix(prefix).lstrip("/")
        if not path.resolve().is_relative_to(target.resolve()) or item["Key"].endswith("/"):
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read())
