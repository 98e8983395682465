"""What a revision consists of: written once, when it is checked, compared before it is deployed.

Compilation depends on the sources, the lock and the stack's settings alone: an archive compiles to
the same in every account, and what differs was changed on its way.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pipelines.compiled import CompiledUseCase
from pipelines.packing import zipped

FORMAT: Final = 1
LOCK: Final = "requirements.lock"
PROGRAM: Final = ("components", "infra", "pipelines", "stacks", "Pulumi.yaml", "pyproject.toml")
"""What a stack is declared from, beside its locked dependencies."""
_IMAGE: Final = re.compile(r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.[a-z.]+/[A-Za-z0-9._/:@-]+")

Compiled = Mapping[str, Mapping[str, CompiledUseCase]]
"""By stack and use case."""


class ReleaseError(RuntimeError):
    """What would be deployed is not what was released; the message names what differs."""


def manifest(root: Path, compiled: Compiled, made_from: Mapping[str, str]) -> dict[str, Any]:
    """Return what stands for a revision: the same for the same sources, wherever it is written."""
    return {
        "format": FORMAT,
        "made_from": dict(made_from),
        "lock": _sha256((root / LOCK).read_bytes()),
        "program": _tree(root),
        "stacks": {
            stack: {name: _use_case(one) for name, one in sorted(use_cases.items())}
            for stack, use_cases in sorted(compiled.items())
        },
    }


def text(released: Mapping[str, Any]) -> str:
    """Return a manifest as it is written."""
    return json.dumps(released, indent=2, sort_keys=True) + "\n"


def read(file: Path) -> dict[str, Any]:
    """Return the manifest of a file.

    Raises:
        ReleaseError: there is none, or none of this format.
    """
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReleaseError(f"{file} must be a release's manifest: {error}") from error
    told = found.get("format") if isinstance(found, dict) else None
    if told != FORMAT:
        raise ReleaseError(f"{file}: format must be {FORMAT}, got {told!r}")
    return dict(found)


def compare(released: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Compare a release with what would be deployed: the program, and the stacks of ``now``.

    Raises:
        ReleaseError: something differs, or a stack was not released.
    """
    if missing := sorted(now["stacks"].keys() - released["stacks"].keys()):
        raise ReleaseError(f"stacks must be released ones, got {missing}")
    before = {**released, "stacks": {name: released["stacks"][name] for name in now["stacks"]}}
    # Who made it is told by the release: an archive has no history to tell it again.
    parts = [
        dict(_flat({k: v for k, v in one.items() if k != "made_from"})) for one in (before, now)
    ]
    differing = [
        f"  {key} must be as released, {_short(parts[0].get(key))}, got {_short(parts[1].get(key))}"
        for key in sorted(parts[0].keys() | parts[1].keys())
        if parts[0].get(key, _ABSENT) != parts[1].get(key, _ABSENT)
    ]
    if differing:
        told = released["made_from"].get("commit", "unknown")
        raise ReleaseError("\n".join([f"this is not the release of {told}:", *differing]))


def _use_case(compiled: CompiledUseCase) -> dict[str, Any]:
    texts = [pipeline.definition for pipeline in compiled.pipelines.values()]
    images = {image for one in texts for image in _IMAGE.findall(one)}
    images |= {compiled.serving_image_uri}
    return {
        "pipelines": {
            name: _sha256(pipeline.definition.encode())
            for name, pipeline in sorted(compiled.pipelines.items())
        },
        "code": {
            f"{name}/{artifact.key.rpartition('/')[2]}": artifact.sha256
            for name, pipeline in sorted(compiled.pipelines.items())
            for artifact in pipeline.artifacts
        },
        "functions": {
            name: _sha256(zipped({file: at.read_bytes() for file, at in code.files.items()}))
            for name, code in sorted(compiled.lambdas.items())
        },
        # AWS's own images have a tag alone, whose digest only their registry tells.
        "images": {
            image.partition("@")[0]: image.partition("@")[2] or None for image in sorted(images)
        },
    }


def _tree(root: Path) -> str:
    """Return the hash of every file that the program is made of, with its path."""
    seen = hashlib.sha256()
    for name in PROGRAM:
        top = root / name
        files = [top] if top.is_file() else [one for one in top.rglob("*") if one.is_file()]
        for file in sorted(files, key=lambda one: one.relative_to(root).as_posix()):
            if "__pycache__" not in file.parts:
                seen.update(file.relative_to(root).as_posix().encode() + b"\0")
                seen.update(hashlib.sha256(file.read_bytes()).digest())
    return seen.hexdigest()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


_ABSENT: Final = object()


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - from JSON
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}" if path else str(key))
    else:
        yield path, value


def _short(value: Any) -> str:  # noqa: ANN401 - from JSON
    return "none" if value is None else str(value)[:12]
