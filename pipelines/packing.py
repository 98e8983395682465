"""Archives whose bytes depend on their files alone: fixed times, modes, owners, and order."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Mapping

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip archive can hold."""
MODE = 0o644


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return a zip archive; Python runs one that holds ``__main__.py``."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system = 3  # Unix, whatever machine builds it
            entry.external_attr = MODE << 16
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def tarred(files: Mapping[str, bytes]) -> bytes:
    """Return a ``tar.gz`` archive."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(files):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(files[name]), MODE
            archive.addfile(entry, io.BytesIO(files[name]))
    # Stored, not deflated: what zlib makes of the same bytes differs between its versions.
    return gzip.compress(packed.getvalue(), compresslevel=0, mtime=0)
