"""Where a build runs, and the buildspec it finds there."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

from infra.emulator.codebuild.build import Build
from infra.emulator.codebuild.buildspec import Buildspec, BuildspecError, parse
from infra.emulator.codebuild.handover import unpack
from infra.emulator.context import Context

TYPES = ("NO_SOURCE", "S3")
"""Source types that can be built here."""


def fetch(context: Context, build: Build) -> Path:
    """Return the build's directory: the workspace itself, or the unpacked S3 source.

    Raises:
        BuildspecError: the source cannot be read.
    """
    if build.source["type"] == "NO_SOURCE":
        return context.workspace
    directory = context.home / "builds" / build.log_stream
    bucket, _, key = str(build.source.get("location", "")).partition("/")
    client = context.client("s3", build.region, role_arn=build.role_arn)
    if build.handover is not None:
        places = unpack(client, build.handover, directory)
        build.directories = {name: str(place) for name, place in places.items()}
        return directory
    directory.mkdir(parents=True)
    try:
        if key.endswith("/"):
            _copy_prefix(client, bucket, key, directory)
        else:
            version = {"VersionId": build.source_version} if build.source_version else {}
            archive = client.get_object(Bucket=bucket, Key=key, **version)["Body"].read()
            with zipfile.ZipFile(io.BytesIO(archive)) as opened:
                opened.extractall(directory)
    except Exception as error:
        raise BuildspecError(f"source {build.source.get('location')}: {error}") from error
    return directory


def read_buildspec(build: Build, directory: Path) -> Buildspec:
    """Return the buildspec, which is given inline or as a path in the source.

    Raises:
        BuildspecError: it is missing or not valid.
    """
    given = str(build.source.get("buildspec") or "buildspec.yml")
    if "\n" in given or ":" in given:
        return parse(given)
    path = directory / given
    if not path.is_file():
        raise BuildspecError(f"YAML_FILE_ERROR: stat {given}: no such file or directory")
    return parse(path.read_text())


def _copy_prefix(client: Any, bucket: str, prefix: str, directory: Path) -> None:  # noqa: ANN401
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for entry in page.get("Contents", ()):
            target = (directory / entry["Key"].removeprefix(prefix)).resolve()
            if target.is_relative_to(directory.resolve()) and not entry["Key"].endswith("/"):
                target.parent.mkdir(parents=True, exist_ok=True)
                client.download_file(bucket, entry["Key"], str(target))
