"""Where data lies: a file, a folder or a pattern, on this machine or on S3."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from pyarrow import fs

from infra.explore.errors import ExploreError

TABLES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet", ".pq")
"""Ends of the names of files that a folder is searched for."""
S3 = "s3://"


@dataclass(frozen=True, kw_only=True)
class File:
    """One file of a table."""

    path: str
    """As the file system has it."""
    shown: str
    """As a person would write it."""
    system: Any
    """pyarrow's file system."""

    @property
    def is_parquet(self) -> bool:
        """Its name says that it is Parquet; whatever says nothing is read as CSV."""
        return self.path.endswith((".parquet", ".pq"))


def files(place: str, s3: Callable[[], Any] | None = None) -> list[File]:
    """Return the tables' files at a place, in order of their names.

    ``s3`` makes the file system that ``s3://`` is read by.

    Raises:
        ExploreError: nothing is there, or nothing that is a table.
    """
    if place.startswith(S3):
        system = s3() if s3 is not None else fs.S3FileSystem()
        path = place.removeprefix(S3)
    else:
        system, path = fs.LocalFileSystem(), str(Path(place).absolute())
    pattern = path if "*" in path else None
    base = path.split("*")[0].rpartition("/")[0] if pattern else path.rstrip("/")
    found = _below(system, base, place)
    wanted = [
        name
        for name in sorted(found)
        if (name == base or (name.endswith(TABLES) and not _hidden(name[len(base) :])))
        and (pattern is None or fnmatch(name, pattern))
    ]
    if not wanted:
        raise ExploreError(
            f"{place}: must hold a file that ends in one of {', '.join(TABLES)},"
            f" got {len(found)} other files"
        )
    return [File(path=name, shown=_shown(place, name), system=system) for name in wanted]


def s3_system(session: Any, endpoint: str | None) -> Any:  # noqa: ANN401 - boto3's and pyarrow's
    """Return the file system of S3, or of the emulator at ``endpoint``.

    Raises:
        ExploreError: no credentials are found.
    """
    known = session.get_credentials()
    if known is None:
        raise ExploreError(
            "s3: credentials must be known to boto3, got none; start the emulator with mlops up,"
            " or sign in to AWS"
        )
    frozen = known.get_frozen_credentials()
    return fs.S3FileSystem(
        access_key=frozen.access_key,
        secret_key=frozen.secret_key,
        session_token=frozen.token,
        region=session.region_name or "us-east-1",
        endpoint_override=endpoint,
        connect_timeout=5,
        request_timeout=30,
    )


def _below(system: Any, base: str, place: str) -> list[str]:  # noqa: ANN401 - pyarrow's
    try:
        info = system.get_file_info(base)
        if info.type == fs.FileType.File:
            return [base]
        if info.type != fs.FileType.Directory:
            raise ExploreError(f"{place}: must be a file or a folder, got nothing of that name")
        chosen = fs.FileSelector(base, recursive=True)
        return [one.path for one in system.get_file_info(chosen) if one.type == fs.FileType.File]
    except OSError as error:
        raise ExploreError(f"{place}: must be readable, got {_first(error)}") from error


def _hidden(below: str) -> bool:
    return any(part.startswith(("_", ".")) for part in below.split("/"))


def _shown(place: str, name: str) -> str:
    if place.startswith(S3):
        return f"{S3}{name}"
    return os.path.relpath(name) if len(os.path.relpath(name)) < len(name) else name


def _first(error: OSError) -> str:
    return str(error).splitlines()[0][:300]
