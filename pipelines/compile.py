"""Compile a use case's pipelines, or read what was compiled from the same sources before.

The SageMaker SDK takes seconds and hundreds of MiB to import: it runs in a process of its own
(:mod:`pipelines.build`), and only where the sources, the settings or the SDK have changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

from pipelines.compiled import (
    Artifact,
    CompiledPipeline,
    CompiledUseCase,
    FeatureGroupSchema,
    LambdaCode,
)
from pipelines.settings import BuildSettings

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "pipelines"
CACHE = ROOT / ".mlops" / "compiled"
TAIL_LINES = 15
TIMEOUT_SECONDS = 300


class CompileError(Exception):
    """The SDK refused a use case's pipelines; the message ends in the last lines it said."""


def compile_use_case(
    use_case: str, settings: BuildSettings, *, cache: Path | None = None
) -> CompiledUseCase:
    """Return the pipelines, functions and feature groups of a use case.

    Raises:
        ValueError: there is no such use case.
        CompileError: the build failed.
    """
    if not (SOURCES / use_case / "schema.py").is_file():
        known = sorted(path.parent.name for path in SOURCES.glob("*/schema.py"))
        raise ValueError(f"use_case must be one of {known}, got {use_case!r}")
    folder = (cache or CACHE) / f"{use_case}-{fingerprint(use_case, settings)}"
    with suppress(OSError, ValueError, KeyError, TypeError):
        return _read(folder)
    _build(use_case, settings, folder)
    return _read(folder)


def fingerprint(use_case: str, settings: BuildSettings) -> str:
    """Return what changes when the result of a compilation may change."""
    seen = hashlib.sha256()
    for part in (use_case, settings.to_json(), metadata.version("sagemaker"), sys.version):
        seen.update(part.encode() + b"\0")
    for path in (*source_files(), *image_files()):
        seen.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
        seen.update(hashlib.sha256(path.read_bytes()).digest())
    return seen.hexdigest()[:32]


def source_files() -> list[Path]:
    """Return every Python file of the pipelines, in order of its path within the project."""
    found = [path for path in SOURCES.rglob("*.py") if "__pycache__" not in path.parts]
    return sorted(found, key=lambda path: path.relative_to(ROOT).as_posix())


def image_files() -> list[Path]:
    """Return what beside Python the tag of our own server's image hangs on."""
    found = [path for path in (SOURCES / "server").glob("*") if path.suffix != ".py"]
    return sorted(path for path in found if path.is_file())


def _build(use_case: str, settings: BuildSettings, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{use_case}-", dir=folder.parent))
    try:
        # The SDK reads configuration from the environment and the home directory: give it neither.
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "PYTHONPATH": str(ROOT),
            "HOME": str(fresh / "home"),
            "TMPDIR": tempfile.gettempdir(),
            "AWS_DEFAULT_REGION": settings.region,
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_SECRET_ACCESS_KEY": "none",
            "AWS_EC2_METADATA_DISABLED": "true",
            "SAGEMAKER_VALIDATE_ROLE": "false",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        command = [
            sys.executable,
            "-m",
            "pipelines.build",
            use_case,
            settings.to_json(),
            str(fresh),
        ]
        done = subprocess.run(  # noqa: S603 - this interpreter, this project
            command,
            env=environment,
            cwd=fresh,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            said = "\n".join(done.stdout.strip().splitlines()[-TAIL_LINES:])
            raise CompileError(f"building the pipelines of {use_case} failed:\n{said}")
        shutil.rmtree(fresh / "home", ignore_errors=True)
        _seal(fresh)
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(FileExistsError):  # someone else has built the same meanwhile
            fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _seal(folder: Path) -> None:
    """Write the hash of every file beside them: a damaged entry is found and built again."""
    files = {path.name: _sha256(path) for path in sorted(folder.iterdir())}
    (folder / "seal.json").write_text(json.dumps(files))


def _read(folder: Path) -> CompiledUseCase:
    files = json.loads((folder / "seal.json").read_text())
    for name, sha256 in files.items():
        if _sha256(folder / name) != sha256:
            raise ValueError(f"{folder / name} must have SHA-256 {sha256}")
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    return CompiledUseCase(
        use_case=manifest["use_case"],
        pipelines={
            name: CompiledPipeline(
                name=name,
                definition=(folder / f"{name}.json").read_text(),
                artifacts=tuple(
                    Artifact(key=key, path=folder / file, sha256=sha256)
                    for key, file, sha256 in artifacts
                ),
            )
            for name, artifacts in manifest["pipelines"].items()
        },
        lambdas={
            name: LambdaCode(
                name=name,
                handler=code["handler"],
                files={within: ROOT / within for within in code["files"]},
            )
            for name, code in manifest["lambdas"].items()
        },
        feature_groups=tuple(FeatureGroupSchema(**one) for one in manifest["feature_groups"]),
        serving_image_uri=manifest["serving_image_uri"],
        serving_environment=manifest["serving_environment"],
        objective=manifest["objective"],
        watches_requests=manifest["watches_requests"],
    )


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
