"""Brings a model from S3 to a folder that has none: that is how a pod of Kubernetes gets it."""

from __future__ import annotations

import hashlib
import logging
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from pipelines.server.settings import Settings

log = logging.getLogger(__name__)

MIB = 2**20
CHUNK = 4 * MIB
MAX_MEMBERS = 10_000
UNFINISHED = ".unpacking"


class FetchError(Exception):
    """The archive cannot be had, is none, or is not one to be unpacked."""


def fetch(settings: Settings) -> None:
    """Fill the model's folder from ``MODEL_DATA_URL``, where one is given and the folder is empty.

    Credentials are those of the environment: a role, or a pod's workload identity.

    Raises:
        FetchError: see there.
    """
    target, url = settings.model_dir, settings.model_data_url
    unfinished = target / UNFINISHED
    if url is None or (target.is_dir() and any(target.iterdir()) and not unfinished.exists()):
        return
    target.mkdir(parents=True, exist_ok=True)
    # What an earlier start left half done is done again.
    for one in list(target.iterdir()):
        shutil.rmtree(one) if one.is_dir() and not one.is_symlink() else one.unlink()
    unfinished.mkdir()
    # Not in /tmp, which may be memory, or not to be written to.
    with tempfile.TemporaryFile(dir=unfinished) as archive:
        download(url, archive, most=settings.max_model_mib * MIB, sha256=settings.model_data_sha256)
        archive.seek(0)
        unpack(archive, unfinished, most=settings.max_model_mib * MIB, name=url)
    for one in list(unfinished.iterdir()):
        one.rename(target / one.name)
    unfinished.rmdir()
    log.info("fetched %s", url)


def download(url: str, archive: IO[bytes], *, most: int, sha256: str | None) -> None:
    """Write the object to a file.

    Raises:
        FetchError: it cannot be read, is too large, or has another digest.
    """
    import boto3  # noqa: PLC0415 - only where there is something to fetch
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    bucket, _, key = url.removeprefix("s3://").partition("/")
    digest = hashlib.sha256()
    try:
        found = boto3.client("s3").get_object(Bucket=bucket, Key=key)
        if found["ContentLength"] > most:
            raise FetchError(
                f"{url} must be at most {most // MIB} MiB, got {found['ContentLength'] / MIB:.1f}"
            )
        for chunk in found["Body"].iter_chunks(CHUNK):
            digest.update(chunk)
            archive.write(chunk)
    except (BotoCoreError, ClientError) as error:
        raise FetchError(f"{url} cannot be read: {error}") from error
    if sha256 is not None and digest.hexdigest() != sha256.lower():
        raise FetchError(f"{url} must have the digest {sha256}, got {digest.hexdigest()}")


def unpack(archive: IO[bytes], target: Path, *, most: int, name: str) -> None:
    """Unpack a tar archive, within bounds and within the folder.

    Sizes are those that the headers tell, added up before the data is read; nothing is written
    outside the folder, and no link leads there (Python's filter ``data``).

    Raises:
        FetchError: it is no tar archive, is cut short, holds too much, or leads outside.
    """
    try:
        with tarfile.open(fileobj=archive, mode="r:*") as tar:
            for member in _bounded(tar, most, name):
                tar.extract(member, target, filter="data")
            _read_out(tar, most)
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise FetchError(f"{name} cannot be unpacked: {error}") from error
    except Exception as error:
        if type(error).__module__ in {"zlib", "lzma", "bz2"}:
            raise FetchError(f"{name} cannot be unpacked: {error}") from error
        raise


def _read_out(tar: tarfile.TarFile, most: int) -> None:
    """Read what is left behind the last file, so that the archive's checksum is compared."""
    left = most
    while left > 0 and (chunk := tar.fileobj.read(CHUNK) if tar.fileobj else b""):
        left -= len(chunk)


def _bounded(tar: tarfile.TarFile, most: int, name: str) -> Iterator[tarfile.TarInfo]:
    total = 0
    for number, member in enumerate(tar, 1):
        total += member.size
        if total > most:
            raise FetchError(f"{name} must unpack to at most {most // MIB} MiB")
        if number > MAX_MEMBERS:
            raise FetchError(f"{name} must hold at most {MAX_MEMBERS} files")
        yield member
