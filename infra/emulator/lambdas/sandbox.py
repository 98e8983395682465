"""What a function's process finds on its disk: its own code, and what Lambda's runtime holds."""

from __future__ import annotations

import io
import threading
import zipfile
from importlib.util import find_spec
from pathlib import Path

BUNDLED = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")
"""Importable in Lambda's Python runtimes without being in the archive; nothing else is."""

_unpacking = threading.Lock()


def packages(home: Path) -> Path:
    """Return a directory that holds the bundled packages and no others."""
    directory = home / "lambda-runtime"
    with _unpacking:
        if not directory.exists():
            directory.mkdir()
            for name in BUNDLED:
                _link(name, directory)
    return directory


def unpack(home: Path, digest: str, archive: bytes) -> Path:
    """Return where the archive of that digest lies unpacked.

    Raises:
        zipfile.BadZipFile: it is no archive.
    """
    directory = home / "lambda-code" / digest
    with _unpacking:
        if not directory.exists():
            with zipfile.ZipFile(io.BytesIO(archive)) as opened:
                opened.extractall(directory)
    return directory


def _link(name: str, directory: Path) -> None:
    found = find_spec(name)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"lambda functions need the package {name!r}, not installed")
    origin = Path(found.origin)
    source = origin.parent if found.submodule_search_locations else origin
    (directory / source.name).symlink_to(source)
