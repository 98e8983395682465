"""GitLab's pipelines, run here: a job's script in one shell, with the variables of its pipeline."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]


class Loader(yaml.SafeLoader):
    """Reads GitLab's ``!reference`` as what it refers to by."""


def _reference(loader: Loader, node: yaml.SequenceNode) -> tuple[str, ...]:
    return tuple(loader.construct_sequence(node))


Loader.add_constructor("!reference", _reference)


def read(path: Path) -> dict[str, Any]:
    held: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=Loader)  # noqa: S506 - a SafeLoader
    return held


def pipeline() -> dict[str, Any]:
    return read(ROOT / ".gitlab-ci.yml")


def templates() -> dict[str, Any]:
    return read(ROOT / ".gitlab" / "jobs.yml")


def whole(name: str, of: Mapping[str, Any]) -> dict[str, Any]:
    """Return a job with all that it extends, and with the rules that it refers to."""
    job = dict(of[name])
    if (base := job.pop("extends", None)) is not None:
        under = whole(base, of)
        merged = {**under.get("variables", {}), **job.get("variables", {})}
        job = {**under, **job, **({"variables": merged} if merged else {})}
    rules: list[dict[str, Any]] = []
    for rule in job.get("rules", ()):
        rules += whole(rule[0], of)["rules"] if isinstance(rule, tuple) else [rule]
    return {**job, "rules": rules}


def run(
    job: Mapping[str, Any], clone: Path, variables: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run before_script and script as a runner does: one shell, its first failure its end."""
    known = {**variables}
    for key, value in job.get("variables", {}).items():
        known[key] = re.sub(r"\$(\w+)", lambda m: known.get(m[1], ""), str(value))
    lines = [*job.get("before_script", ()), *job["script"]]
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", "\n".join(lines)],
        cwd=clone,
        env={
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "PYTHON": sys.executable,
            "PYTHONPATH": str(clone),
            "GITLAB_CI": "true",
            **known,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    print(done.stdout, done.stderr)  # noqa: T201 - of a test that fails
    return done
