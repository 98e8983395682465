"""Data between S3 and a container's directory, as the job's role."""

from __future__ import annotations

import gzip
import json
import shutil
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from infra.emulator.jobs.job import JobError


@dataclass(frozen=True, slots=True)
class Share:
    """The part of a channel's objects that one host gets (``ShardedByS3Key``)."""

    rank: int = 0
    hosts: int = 1

    def has(self, place: int) -> bool:
        """Tell whether the object at a place in the listing is of this part."""
        return place % self.hosts == self.rank


WHOLE = Share()


class Transfer:
    """Moves files with one S3 client."""

    def __init__(self, s3: Any) -> None:  # noqa: ANN401 - boto3's client
        self._s3 = s3

    def download(self, uri: str, target: Path, share: Share = WHOLE) -> int:
        """Download one object, or all whose key begins with the prefix; returns how many.

        Raises:
            JobError: nothing is there, or the role may not read it.
        """
        bucket, prefix = split(uri)
        count = 0
        for key in self._keys(bucket, prefix, uri):
            relative = _relative(key, prefix)
            if relative and not relative.endswith("/"):
                if share.has(count):
                    self._get(bucket, key, target / relative)
                count += 1
        if count == 0:
            raise JobError(f"ClientError: Data download failed: no object under {uri}")
        return count

    def download_manifest(self, uri: str, target: Path, share: Share = WHOLE) -> int:
        """Download what a manifest file lists: a prefix, then keys relative to it.

        Raises:
            JobError: the manifest cannot be read or lists something that is not there.
        """
        entries = json.loads(self.read(uri))
        if not entries or not isinstance(entries[0], dict) or "prefix" not in entries[0]:
            raise JobError(f"ClientError: manifest {uri} must begin with a prefix")
        bucket, prefix = split(entries[0]["prefix"])
        for place, entry in enumerate(entries[1:]):
            if share.has(place):
                self._get(bucket, prefix + entry, target / entry)
        return len(entries) - 1

    def fetch(self, source: Mapping[str, Any], target: Path, share: Share) -> None:
        """Download an ``S3DataSource``: all of it, or a host's share if it is sharded.

        Raises:
            JobError: it cannot be read, or nothing is there.
        """
        sharded = source.get("S3DataDistributionType") == "ShardedByS3Key"
        target.mkdir(parents=True, exist_ok=True)  # a share may be empty
        if source.get("S3DataType", "S3Prefix") == "ManifestFile":
            self.download_manifest(source["S3Uri"], target, share if sharded else WHOLE)
        else:
            self.download(source["S3Uri"], target, share if sharded else WHOLE)

    def exists(self, uri: str) -> bool:
        """Tell whether any object's key begins with the prefix."""
        bucket, prefix = split(uri)
        return next(self._keys(bucket, prefix, uri), None) is not None

    def read(self, uri: str) -> bytes:
        """Return one object's bytes.

        Raises:
            JobError: it cannot be read.
        """
        bucket, key = split(uri)
        try:
            body: bytes = self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError as error:
            raise JobError(f"ClientError: {uri} cannot be read: {_why(error)}") from error
        return body

    def upload(self, source: Path, uri: str, *, kms_key: str | None = None) -> int:
        """Upload every file below ``source``; returns how many.

        Raises:
            JobError: the role may not write there, or the bucket does not exist.
        """
        bucket, prefix = split(uri)
        count = 0
        for path in sorted(source.rglob("*")):
            if path.is_file():
                key = "/".join(filter(None, (prefix.rstrip("/"), *path.relative_to(source).parts)))
                self.put(path, f"s3://{bucket}/{key}", kms_key=kms_key)
                count += 1
        return count

    def put(self, path: Path, uri: str, *, kms_key: str | None = None) -> None:
        """Upload one file, encrypted with the key if one is given.

        Raises:
            JobError: the role may not write there, or the bucket does not exist.
        """
        bucket, key = split(uri)
        extra = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key} if kms_key else {}
        try:
            with path.open("rb") as body:
                self._s3.put_object(Bucket=bucket, Key=key, Body=body, **extra)
        except ClientError as error:
            raise JobError(f"ClientError: {uri} cannot be written: {_why(error)}") from error

    def _keys(self, bucket: str, prefix: str, uri: str) -> Iterator[str]:
        try:
            pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            for page in pages:
                for entry in page.get("Contents", []):
                    yield entry["Key"]
        except ClientError as error:
            raise JobError(f"ClientError: {uri} cannot be listed: {_why(error)}") from error

    def _get(self, bucket: str, key: str, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            body = self._s3.get_object(Bucket=bucket, Key=key)["Body"]
            with target.open("wb") as file:
                shutil.copyfileobj(body, file, 1 << 20)
        except ClientError as error:
            message = f"ClientError: s3://{bucket}/{key} cannot be read: {_why(error)}"
            raise JobError(message) from error


def split(uri: str) -> tuple[str, str]:
    """Return bucket and key of an ``s3://`` address.

    Raises:
        JobError: it is none.
    """
    parts = urlsplit(uri, allow_fragments=False)
    if parts.scheme != "s3" or not parts.netloc:
        raise JobError(f"ClientError: S3 address must be s3://bucket/key, got {uri}")
    key = parts.path.removeprefix("/")
    return parts.netloc, f"{key}?{parts.query}" if parts.query else key


def _relative(key: str, prefix: str) -> str:
    """Return where a key lands below the directory that its prefix is downloaded to."""
    if key == prefix:
        return key.rpartition("/")[2]
    if prefix == "" or prefix.endswith("/"):
        return key[len(prefix) :]
    if key.startswith(f"{prefix}/"):
        return key[len(prefix) + 1 :]
    return key[prefix.rfind("/") + 1 :]


def pack(source: Path, archive: Path) -> None:
    """Write a gzipped tar of what is in ``source``, the same bytes for the same files."""
    with (
        archive.open("wb") as raw,
        gzip.GzipFile("", "wb", 6, raw, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w") as tar,
    ):
        for path in sorted(source.rglob("*")):
            name = path.relative_to(source).as_posix()
            tar.add(path, arcname=name, recursive=False, filter=_anonymous)


def pack_all(sources: Sequence[Path], archive: Path) -> None:
    """Write one archive of several folders; of one name, the file of the first that has it."""
    merged = archive.with_suffix(".merged")
    for source in reversed(sources):
        shutil.copytree(source, merged, symlinks=True, dirs_exist_ok=True)
    pack(merged, archive)
    shutil.rmtree(merged)


def unpack(archive: Path, target: Path) -> None:
    """Unpack a gzipped tar; nothing outside ``target`` is written.

    Raises:
        JobError: it is not a gzipped tar.
    """
    target.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(archive, "r:gz") as tar:
            tar.extractall(target, filter="data")
    except tarfile.TarError as error:
        raise JobError(f"ClientError: {archive.name} is not a gzipped tar: {error}") from error


def gunzip_all(directory: Path) -> None:
    """Replace every file by what it holds gzipped (``CompressionType: Gzip``)."""
    for path in [path for path in directory.rglob("*") if path.is_file()]:
        plain = path.with_suffix("") if path.suffix == ".gz" else path
        plain.write_bytes(gzip.decompress(path.read_bytes()))
        if plain != path:
            path.unlink()


def _anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.mtime = entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


def _why(error: ClientError) -> str:
    return f"{error.response['Error']['Code']}: {error.response['Error'].get('Message', '')}"
