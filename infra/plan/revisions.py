"""Revisions of this project laid out to be evaluated, each by its own code and its own lock."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.git import GitError, git
from infra.plan.errors import RevisionError
from stacks.names import stacks

COMPILED: Final = Path(".mlops") / "compiled"
LOCK: Final = "requirements.lock"
WORKTREE: Final = "the working tree"
WRITER: Final = "infra.plan.write"
"""Module of a revision that writes its snapshots."""
UNREAD: Final = tuple(f":(exclude){folder}" for folder in ("docs", "tests", ".github"))
"""Nearly half of the files, which no stack is made from (:data:`infra.changed.APART`)."""
INSTALL_SECONDS: Final = 900


@dataclass(frozen=True, kw_only=True, slots=True)
class Tree:
    """A revision's files on this machine, and what runs them."""

    name: str
    """As it was asked for: ``origin/main``, or :data:`WORKTREE`."""
    commit: str | None
    """``None`` for the working tree."""
    path: Path
    python: Path
    writable: Path
    """Where its code may write: what it compiles is kept there."""


def working_tree(root: Path) -> Tree:
    """Return the files as they lie at ``root``, with this interpreter.

    Raises:
        RevisionError: what is compiled would be written through a link to elsewhere.
    """
    compiled = root / COMPILED
    if compiled.resolve() != root.resolve() / COMPILED:
        raise RevisionError(f"{COMPILED} must be a folder of the project, not a link to elsewhere")
    compiled.mkdir(parents=True, exist_ok=True)
    return Tree(
        name=WORKTREE, commit=None, path=root, python=Path(sys.executable), writable=compiled
    )


@contextlib.contextmanager
def checked_out(root: Path, revision: str, *, install: bool = True) -> Iterator[Tree]:
    """Lay a revision out in a git worktree for as long as it is needed.

    It runs in this environment where the lock is the same, else in one made from its own lock,
    which is kept for the next time. Packages run code as they are installed, with this process's
    network and credentials: without ``install`` there is this environment alone.

    Raises:
        RevisionError: there is no such revision, it knows no plans yet, or has another lock.
    """
    commit = resolve(root, revision)
    folder = Path(tempfile.mkdtemp(prefix="mlops-plan-"))
    path = folder / "tree"
    try:
        lay = ("worktree", "add", "--quiet", "--detach", "--force", "--no-checkout")
        _git(root, *lay, str(path), commit)
        workers = ("-c", "checkout.workers=4", "-c", "checkout.thresholdForParallelism=50")
        _git(path, *workers, "checkout", "--quiet", commit, "--", ".", *UNREAD)
        writer = Path(*WRITER.split(".")).with_suffix(".py")
        if not (path / writer).is_file():
            raise RevisionError(
                f"{revision} must have {writer}, which came with plans: it is older than they are"
            )
        _share_compiled(root, path)
        python = _interpreter(root, path, revision, install=install)
        yield Tree(name=revision, commit=commit, path=path, python=python, writable=path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(RevisionError):
            _git(root, "worktree", "prune")


def resolve(root: Path, revision: str) -> str:
    """Return the commit that a branch, tag or hash stands for.

    Raises:
        RevisionError: git knows none.
    """
    try:
        return _git(
            root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
        )
    except RevisionError:
        raise RevisionError(
            f"revision must be a branch, tag or commit of this repository, got {revision!r}; "
            "in a shallow clone fetch it first: git fetch --depth=1 origin BRANCH"
        ) from None


def _interpreter(root: Path, tree: Path, revision: str, *, install: bool) -> Path:
    lock = tree / LOCK
    if _same(lock, root / LOCK):
        return Path(sys.executable)
    if not install:
        raise RevisionError(
            f"{LOCK} of {revision} must be the working tree's: the packages of a revision that "
            "nobody trusts are not installed"
        )
    digest = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()[:16]
    environment = root / ".mlops" / "environments" / digest
    python = environment / "bin" / "python"
    if not (environment / ".installed").is_file():
        shutil.rmtree(environment, ignore_errors=True)
        uv = [sys.executable, "-m", "uv"]
        _install([*uv, "venv", "--quiet", "--python", sys.executable, str(environment)])
        sync = [
            "pip",
            "sync",
            "--quiet",
            "--compile-bytecode",
            "--require-hashes",
            "--python",
            str(python),
            str(lock),
        ]
        _install([*uv, *sync])
        (environment / ".installed").touch()
    return python


def _install(command: list[str]) -> None:
    try:
        subprocess.run(  # noqa: S603 - uv with arguments of this module
            command, check=True, capture_output=True, text=True, timeout=INSTALL_SECONDS
        )
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or str(error)
        raise RevisionError(f"the lock of the revision cannot be installed: {said}") from error


def _same(one: Path, other: Path) -> bool:
    try:
        return one.read_bytes() == other.read_bytes()
    except OSError:
        return False


def _share_compiled(root: Path, tree: Path) -> None:
    """Copy what is compiled already: it stands under the hash of what it was made from."""
    compiled, within = root / COMPILED, tree / COMPILED
    if compiled.is_dir() and not os.path.lexists(within.parent):  # a link of its own leads away
        shutil.copytree(compiled, within)


def _git(root: Path, *arguments: str) -> str:
    try:
        return git(root, *arguments).strip()
    except GitError as error:
        raise RevisionError(str(error)) from error


def stacks_of(root: Path, revision: str | None) -> list[str]:
    """Return the stacks of a revision; of the working tree where none is named.

    Raises:
        RevisionError: git knows no such revision.
    """
    if revision is None:
        return stacks(root)
    commit = resolve(root, revision)
    listed = _git(root, "ls-tree", "--name-only", commit, "stacks/").splitlines()
    names = (Path(name).name for name in listed)
    found = (re.fullmatch(r"Pulumi\.([^.]+-[^.]+)\.yaml", name) for name in names)
    return sorted(one[1] for one in found if one)
