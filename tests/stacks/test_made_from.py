from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from infra.made_from import made_from


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a working tree of one commit on the branch ``trial``."""
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "pipelines" / "step.py").write_text("one")
    for arguments in (
        ["init", "--quiet", "--initial-branch", "trial"],
        ["add", "."],
        ["-c", "user.name=O'Neil (X)", "-c", "user.email=x@example.com", "commit", "-qm", "one"],
    ):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True)
    return tmp_path


def test_commit_branch_and_author_are_the_repositorys(repository: Path) -> None:
    told = made_from(repository, {})
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=repository, check=True, capture_output=True, text=True
    ).stdout.strip()
    assert (told["commit"], told["branch"]) == (head, "trial")


def test_what_tags_cannot_hold_is_replaced(repository: Path) -> None:
    assert made_from(repository, {})["author"] == "O-Neil -X-"


def test_sources_that_differ_from_the_commit_are_told(repository: Path) -> None:
    (repository / "notes.txt").write_text("no source")
    assert not made_from(repository, {})["commit"].endswith("+")
    (repository / "pipelines" / "step.py").write_text("two")
    assert made_from(repository, {})["commit"].endswith("+")


def test_a_detached_checkout_takes_the_branch_that_the_build_service_names(
    repository: Path,
) -> None:
    subprocess.run(["git", "checkout", "--quiet", "--detach"], cwd=repository, check=True)
    assert made_from(repository, {"GITHUB_REF_NAME": "main"})["branch"] == "main"
    assert made_from(repository, {})["branch"] == "unknown"


def test_without_a_repository_the_build_service_tells_or_nobody(tmp_path: Path) -> None:
    assert made_from(tmp_path, {}) == dict.fromkeys(("commit", "branch", "author"), "unknown")
    told = made_from(tmp_path, {"CODEBUILD_RESOLVED_SOURCE_VERSION": "c0ffee"})
    assert told["commit"] == "c0ffee"
