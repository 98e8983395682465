"""Which stacks a file touches."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.changed import APART, RevisionError, changed, files, in_order, touches
from stacks.errors import UnknownStackError
from stacks.names import stacks

ROOT = Path(__file__).parents[2]
ALL = stacks()
FLIGHTS = [stack for stack in ALL if stack.startswith("flights-")]
PROD = [stack for stack in ALL if stack.endswith("-prod")]
TOUCHES = {
    "stacks/Pulumi.flights-dev.yaml": ["flights-dev"],
    "stacks/environments/prod.yaml": PROD,
    "stacks/environments/qa.yaml": [],
    "stacks/teams/flights.yaml": FLIGHTS,
    "stacks/teams/nobody.yaml": [],
    "stacks/short_lived.yaml": [],
    "stacks/config.py": ALL,
    "stacks/instances.csv": ALL,
    "pipelines/flights/steps/train.py": FLIGHTS,
    "pipelines/nothing/training_pipeline.py": [],
    "pipelines/shared/jobs.py": ALL,
    "components/artifact_store.py": ALL,
    "infra/platform.py": ALL,
    "requirements.lock": ALL,
    "pyproject.toml": ALL,
    "Pulumi.yaml": ALL,
    "something/new": ALL,
    "infra/emulator/server.py": [],
    "docs/ci.md": [],
    "pipelines/flights/README.md": [],
    ".github/workflows/check.yml": [],
    "tests/stacks/support.py": [],
}


@pytest.mark.parametrize(("file", "stacks"), TOUCHES.items(), ids=TOUCHES)
def test_a_file_touches_the_stacks_that_are_made_from_it(file: str, stacks: list[str]) -> None:
    assert touches(file, ALL, ROOT) == stacks


def test_what_is_said_to_touch_no_stack_is_imported_by_no_program() -> None:
    code = "import sys, infra.program; print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    folders = [one.removesuffix("/*").replace("/", ".") for one in APART if one.startswith("infra")]
    assert not [one for one in modules if one.startswith(tuple(folders))]


def test_environments_come_in_the_order_of_their_deployments() -> None:
    mixed = ["b-prod", "a-staging", "b-dev", "a-dev", "a-sandbox"]
    assert in_order(mixed) == ["a-sandbox", "a-dev", "b-dev", "a-staging", "b-prod"]


@pytest.mark.parametrize("stack", ["flights-qa", "a;b-dev", "$(x)-dev", "a\nb-dev", "dev"])
def test_a_file_whose_name_is_no_stacks_is_told(stack: str) -> None:
    with pytest.raises(UnknownStackError, match="stack must be team-environment"):
        in_order([stack])


def test_a_name_that_is_no_stacks_is_told_whatever_else_changed(repository: Path) -> None:
    (repository / "stacks/environments").mkdir(parents=True)
    (repository / "stacks/environments/dev.yaml").touch()
    (repository / "stacks/Pulumi.-dev.yaml").touch()
    with pytest.raises(UnknownStackError, match="stack must be team-environment"):
        changed("main", repository)


def test_a_file_may_be_called_by_bytes_that_are_no_text(repository: Path) -> None:
    (Path(os.fsdecode(os.fsencode(repository) + b"/new-\xff"))).touch()
    (repository / "stacks").mkdir()
    (repository / "stacks/Pulumi.a-dev.yaml").touch()
    assert changed("main", repository) == ["a-dev"], "what is not known touches all"


@pytest.mark.parametrize("against", ["no-such-revision", "--output=x", "-n"])
def test_a_revision_that_is_none_is_told(against: str) -> None:
    with pytest.raises(RevisionError):
        changed(against, ROOT)


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *arguments],
                   cwd=folder, check=True, capture_output=True)  # fmt: skip


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "first")
    return tmp_path


def test_what_came_to_the_other_branch_since_is_not_of_the_change(repository: Path) -> None:
    git(repository, "branch", "change")
    (repository / "theirs").write_text("x")
    git(repository, "add", "theirs")
    git(repository, "commit", "-q", "-m", "second")
    git(repository, "checkout", "-q", "change")
    (repository / "ours").write_text("x")
    assert files("main", repository) == ["ours"], "committed or not"
