"""Which commit, branch and author the program stands at: what every artifact is marked with."""

from __future__ import annotations

import json
import os
import subprocess
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Final

RELEASE: Final = "release.json"
"""Manifest in the root of a released archive (``infra.released``)."""
UNKNOWN: Final = "unknown"
"""Where there is neither a repository nor a build service that tells."""
LONGEST: Final = 200
_MARKS: Final = frozenset("_.:/=+-@")
_SOURCES: Final = ("components", "infra", "pipelines", "stacks")
"""What a pipeline is made of; a change elsewhere leaves the commit what it says."""


def made_from(root: Path, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return ``commit``, ``branch`` and ``author`` of a working tree, in what AWS's tags can hold.

    ``+`` behind the commit tells that sources differ from it. A build service checks out no branch
    and may unpack no repository: then a release's manifest tells, or its own variables (GitHub
    Actions, CodeBuild).
    """
    commit = _git(root, "rev-parse", "HEAD")
    if not commit and (released := _released(root)):
        return released
    if commit and _git(root, "status", "--porcelain", "--", *_SOURCES):
        commit += "+"
    branch = _git(root, "rev-parse", "--abbrev-ref", "HEAD")
    told = {
        "commit": commit or _first(environment, "GITHUB_SHA", "CODEBUILD_RESOLVED_SOURCE_VERSION"),
        "branch": branch
        if branch not in {"", "HEAD"}
        else _first(environment, "GITHUB_HEAD_REF", "GITHUB_REF_NAME", "CODEBUILD_SOURCE_VERSION"),
        "author": _git(root, "log", "-1", "--format=%an") or _first(environment, "GITHUB_ACTOR"),
    }
    return {key: _holdable(value) for key, value in told.items()}


def _released(root: Path) -> dict[str, str]:
    """Return what the manifest of an unpacked release says; nothing where there is none."""
    try:
        told = json.loads((root / RELEASE).read_text(encoding="utf-8"))["made_from"]
        return {key: _holdable(str(told[key])) for key in ("commit", "branch", "author")}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - git with arguments of this module
            ["git", *arguments],  # noqa: S607 - git is found on PATH
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


def _first(environment: Mapping[str, str], *names: str) -> str:
    told = (environment.get(name, "") for name in names)
    return next((value for value in told if value and not value.startswith("arn:")), "")


def _holdable(value: str) -> str:
    """Return the text with what neither tags nor a version's metadata can hold replaced."""
    held = "".join(
        one if one in _MARKS or unicodedata.category(one)[0] in "LNZ" else "-" for one in value
    )
    return held[:LONGEST].strip() or UNKNOWN
