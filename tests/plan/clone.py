"""A repository that holds this working tree, for commands that compare revisions."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.cli.main import app

ROOT = Path(__file__).parents[2]


class Clone:
    """A clone whose working tree is the change under review."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def edit(self, file: str, old: str, new: str) -> None:
        text = (self.path / file).read_text()
        assert old in text, (file, old)
        (self.path / file).write_text(text.replace(old, new, 1))

    def plan(
        self, *arguments: str, page: bool = True, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "infra.cli.main", "plan", "--against", "HEAD", *arguments]
        drawn = ("--page", "plan.html") if page else ()
        return subprocess.run(
            [*command, "--json", "plan.json", "--markdown", "plan.md", *drawn],
            cwd=self.path,
            env={**os.environ, "PYTHONPATH": str(self.path), "COLUMNS": "200", **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def ask(
        self, patch: pytest.MonkeyPatch, *arguments: str, **environment: str
    ) -> tuple[int, str]:
        """Plan as the command does, yet by this process, which has imported what it takes.

        Returns the exit status, and all that was printed.
        """
        patch.setattr("infra.cli.plan.ROOT", self.path)
        patch.chdir(self.path)
        given = ("--against", "HEAD", *arguments, "--json", "plan.json", "--markdown", "plan.md")
        done = CliRunner().invoke(app, ["plan", *given], env={"COLUMNS": "200", **environment})
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.stdout + done.stderr

    def written(self) -> str:
        """Return everything that a plan leaves behind in the clone."""
        files = [*self.path.glob("plan.*"), *(self.path / ".mlops").rglob("*")]
        return "".join(one.read_text(errors="replace") for one in files if one.is_file())


def cloned(path: Path) -> Clone:
    """Return a repository at ``path`` with this working tree as its one commit."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, path / name)
    compiled = ROOT / ".mlops" / "compiled"
    if compiled.is_dir():
        shutil.copytree(compiled, path / ".mlops" / "compiled")
    git(path, "init", "-q")
    commit(path, "all")
    return Clone(path)


def commit(path: Path, message: str) -> None:
    """Commit everything."""
    git(path, "add", "-A")
    git(path, "-c", "user.name=n", "-c", "user.email=n@example.com", "commit", "-qm", message)


def git(path: Path, *arguments: str) -> None:
    """Run git in a repository."""
    subprocess.run(["git", *arguments], cwd=path, check=True)
