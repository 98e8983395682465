"""A team and a use case as ``mlops new`` writes them into a fresh copy, and their loop played."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plan.clone import cloned

pytestmark = pytest.mark.loop

ROOT = Path(__file__).parents[2]


def free(name: str, folder: str, suffix: str = "") -> str:
    """Return a name that nothing of this project has yet: whoever runs this made their own."""
    names = (name, *(f"{name}{number}" for number in range(2, 100)))
    return next(one for one in names if not (ROOT / folder / f"{one}{suffix}").exists())


TEAM, USE_CASE = free("demo", "stacks/teams", ".yaml"), free("churn", "pipelines")
MLOPS = """#!/bin/sh
PYTHONPATH={root} exec {python} -m infra.cli.main "$@"
"""
NEW = (
    ("team", TEAM, "--owner", "demo@example.com"),
    ("use-case", TEAM, USE_CASE, "--problem", "binary", "--label", "churned",
     "--objective", "Tell which customers are about to leave, so that somebody calls them in time.",
     "--owner", "demo@example.com", "--source", "s3://customers-raw/daily"),
)  # fmt: skip


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone with a command of its own, which imports what lies there."""
    root = cloned(tmp_path_factory.mktemp("project")).path
    mlops = root / ".venv/bin/mlops"
    mlops.parent.mkdir(parents=True)
    mlops.write_text(MLOPS.format(root=root, python=sys.executable))
    mlops.chmod(0o755)
    return root


def run(root: Path, *command: str) -> str:
    """Run a command there; return what it said."""
    done = subprocess.run(
        command,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    return done.stdout


def test_the_loop_that_is_written_closes_with_no_edit(copy: Path) -> None:
    for what in NEW:
        run(copy, ".venv/bin/mlops", "new", *what)
    written = copy / "tests/use_cases" / USE_CASE / "test_loop.py"
    assert f"{TEAM}-sandbox" in written.read_text()
    pytest_ = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist")
    said = run(copy, *pytest_, str(written.relative_to(copy)))
    assert "4 passed" in said
