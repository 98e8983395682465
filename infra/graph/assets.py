"""Assets: files and archives among a resource's inputs, compared by their content."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""Key by which Pulumi marks a mapping that stands for something else."""
ASSET: Final = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE: Final = "0def7320c3a5731c473e5ecbe6d01bc7"

EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip entry can carry: archives of the same files are the same bytes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asset:
    """The bytes of one file: ``path`` on this machine, or ``text``."""

    path: str | None = None
    text: str | None = None

    def read(self) -> bytes:
        """Return the content.

        Raises:
            OSError: the file cannot be read.
        """
        if self.text is not None:
            return self.text.encode()
        return Path(self.path or "").read_bytes()

    def sha256(self) -> str:
        """Return the SHA-256 of the content, in hexadecimal."""
        return hashlib.sha256(self.read()).hexdigest()


@dataclass(frozen=True, kw_only=True, slots=True)
class Archive:
    """A zip file at ``path``, the files of the directory ``path``, or named ``members``."""

    path: str | None = None
    members: Mapping[str, Asset | Archive] = field(default_factory=dict)

    def files(self) -> dict[str, bytes]:
        """Return the content of every file, by its name within the archive, sorted.

        Raises:
            OSError: a file cannot be read.
            zipfile.BadZipFile: ``path`` is a file but no zip archive.
        """
        return dict(sorted(self._files().items()))

    def read(self) -> bytes:
        """Return a zip archive: the same bytes whenever the files are the same."""
        if self.path is not None and Path(self.path).is_file():
            return Path(self.path).read_bytes()
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in self.files().items():
                entry = zipfile.ZipInfo(name, EPOCH)
                entry.external_attr = 0o644 << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, content)
        return buffer.getvalue()

    def sha256(self) -> str:
        """Return a SHA-256 over the names and contents, in hexadecimal."""
        digest = hashlib.sha256()
        for name, content in self.files().items():
            digest.update(f"{name}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()

    def _files(self) -> dict[str, bytes]:
        if self.path is None:
            return {
                name: content
                for prefix, member in self.members.items()
                for name, content in _member(prefix, member)
            }
        root = Path(self.path)
        if root.is_dir():
            return {
                file.relative_to(root).as_posix(): file.read_bytes()
                for file in root.rglob("*")
                if file.is_file()
            }
        with zipfile.ZipFile(root) as archive:
            return {i.filename: archive.read(i) for i in archive.infolist() if not i.is_dir()}


def is_asset(value: object) -> bool:
    """Tell whether a property's value is an asset or an archive, as Pulumi's SDK sends them."""
    return isinstance(value, Mapping) and value.get(SIGNATURE) in (ASSET, ARCHIVE)


def opened(value: Mapping[str, Any]) -> Asset | Archive:
    """Return what an asset's mapping stands for.

    Raises:
        ValueError: ``value`` is no asset, or a remote one.
    """
    if not is_asset(value):
        raise ValueError(f"asset must be a FileAsset, StringAsset or archive, got {value!r}")
    if value.get("uri"):
        raise ValueError(f"asset must be a file or text, got a remote one: {value['uri']!r}")
    if value[SIGNATURE] == ASSET:
        return Asset(path=value.get("path") or None, text=value.get("text"))
    members = {name: opened(member) for name, member in value.get("assets", {}).items()}
    return Archive(path=value.get("path") or None, members=members)


def _member(name: str, member: Asset | Archive) -> list[tuple[str, bytes]]:
    if isinstance(member, Asset):
        return [(name, member.read())]
    return [(f"{name}/{inner}", content) for inner, content in member.files().items()]
