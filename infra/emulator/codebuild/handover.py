"""What CodePipeline gives a build, and takes from it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.emulator.codebuild.buildspec import BuildspecError, Packing

if TYPE_CHECKING:
    from infra.emulator.codebuild.build import Build


@dataclass(frozen=True, slots=True)
class Location:
    """Where an artifact lies."""

    bucket: str
    key: str

    def described(self) -> dict[str, str]:
        """Return it as CodePipeline's API does."""
        return {"bucket": self.bucket, "key": self.key}


@dataclass(frozen=True, kw_only=True, slots=True)
class Handover:
    """The artifacts of one action; builds read and write them with their own role."""

    inputs: Mapping[str, Location]
    primary: str
    """The input that is the build's directory; the others lie beside it."""
    output: Location | None
    """Where the artifact of a build that succeeds goes."""
    encryption: Mapping[str, str]
    """How S3 is asked to encrypt it."""
    ended: Callable[[Build], None]
    """Called once, when the build has ended, before the emulator may be at rest."""


def unpack(client: Any, given: Handover, directory: Path) -> dict[str, Path]:  # noqa: ANN401 - boto3's
    """Unpack every input and return where each lies, the primary one first.

    Raises:
        BuildspecError: an artifact cannot be read, or is no zip archive.
    """
    places = {given.primary: directory}
    places |= {name: directory.with_name(f"{directory.name}-{name}") for name in given.inputs}
    places[given.primary] = directory
    for name, at in given.inputs.items():
        places[name].mkdir(parents=True)
        try:
            body = client.get_object(Bucket=at.bucket, Key=at.key)["Body"].read()
            with zipfile.ZipFile(io.BytesIO(body)) as archive:
                archive.extractall(places[name])
        except Exception as error:
            raise BuildspecError(f"artifact {name} at {at.bucket}/{at.key}: {error}") from error
    return places


def hand_over(client: Any, given: Handover, packing: Packing | None, directory: Path) -> None:  # noqa: ANN401
    """Store the files that the buildspec names, where an artifact is asked for.

    Raises:
        BuildspecError: it names none, or none is there.
    """
    if given.output is None:
        return
    if packing is None:
        raise BuildspecError("CLIENT_ERROR: artifacts of the buildspec must be given, got none")
    body = _packed(packing, directory)
    where = {"Bucket": given.output.bucket, "Key": given.output.key}
    client.put_object(**where, Body=body, **given.encryption)


def _packed(packing: Packing, directory: Path) -> bytes:
    base = directory / packing.base
    left_out = {path for pattern in packing.exclude for path in base.glob(pattern)}
    found = {
        path
        for pattern in packing.files
        for path in base.glob(pattern)
        if path.is_file() and path not in left_out
    }
    if not found:
        raise BuildspecError(f"CLIENT_ERROR: no matching artifact paths for {list(packing.files)}")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(found):
            archive.write(path, path.relative_to(base))
    return buffer.getvalue()
