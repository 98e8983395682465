"""Snapshots of two revisions, written side by side by their own code."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from infra.plan.errors import RevisionError, StackFails
from infra.plan.forks import ForkServer, forks
from infra.plan.isolation import Bounds, IsolationError, run
from infra.plan.revisions import LOCK, WRITER, Tree, checked_out, resolve, working_tree
from infra.plan.snapshot import FORMAT, Snapshot, SnapshotError, from_json
from stacks.names import stacks as stacks_at

KEPT: Final = 64
"""Snapshots of commits that are kept for the next plan; the oldest go."""


@dataclass(frozen=True, kw_only=True, slots=True)
class How:
    """How both sides are evaluated."""

    model: bool = True
    """A model version is approved, so there is an endpoint."""
    bounds: Bounds = Bounds()  # noqa: RUF009 - frozen
    install: bool = True
    """The lock of ``head`` may be installed, where it differs; that runs its packages' code."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """One revision's snapshots."""

    name: str
    commit: str | None
    snapshots: Mapping[str, Snapshot]
    """By stack; a stack that the revision does not have is left out."""
    failed: Mapping[str, StackFails]
    """By stack, why its code does not evaluate."""


def gather(
    root: Path,
    *,
    against: str,
    head: str | None = None,
    stacks: Sequence[str] | None = None,
    how: How | None = None,
) -> tuple[Side, Side]:
    """Return both sides: the revision ``against``, and ``head`` or the working tree.

    Without ``stacks`` every stack of either side is evaluated.

    Raises:
        RevisionError: git knows no such revision, or it cannot be evaluated at all.
    """
    how = how or How()
    resolve(root, against)

    with (
        tempfile.TemporaryDirectory(prefix="mlops-plan-") as home,
        forks(Path(sys.executable), Path(home)) as server,
        ThreadPoolExecutor(2) as both,
    ):

        def one(revision: str | None) -> Side:
            with contextlib.ExitStack() as laid:
                tree = (
                    working_tree(root)
                    if revision is None
                    else laid.enter_context(
                        checked_out(root, revision, install=how.install or revision == against)
                    )
                )
                return snapshots_of(tree, root=root, stacks=stacks, how=how, server=server)

        base, changed = both.map(one, (against, head))
    return base, changed


def snapshots_of(
    tree: Tree,
    *,
    root: Path,
    stacks: Sequence[str] | None,
    how: How,
    server: ForkServer | None = None,
) -> Side:
    """Return one revision's snapshots; those of a commit are kept under ``root``.

    Raises:
        RevisionError: its code breaks a bound, or writes what cannot be read.
    """
    known = stacks_at(tree.path)
    wanted = known if stacks is None else [one for one in stacks if one in known]
    snapshots: dict[str, Snapshot] = {}
    failed: dict[str, StackFails] = {}
    with tempfile.TemporaryDirectory(prefix="mlops-plan-") as name:
        out = Path(name) / "out"
        home = Path(name) / "home"
        for folder in (out, home):
            folder.mkdir()
        kept = {one: _kept(root, tree, one, model=how.model) for one in wanted}
        missing = [one for one in wanted if (file := kept[one]) is None or not file.is_file()]
        if missing:
            _write(tree, missing, out=out, home=home, how=how, server=server)
        for stack in wanted:
            file = out / f"{stack}.json" if stack in missing else kept[stack]
            if file is None or not file.is_file():
                failed[stack] = StackFails(stack, tree.name, _said(out / f"{stack}.error"))
                continue
            try:
                snapshots[stack] = from_json(file.read_bytes())
            except SnapshotError as error:
                raise RevisionError(f"{tree.name}: {error}") from error
            if stack in missing and (keep := kept[stack]) is not None:
                _keep(file, keep)
    return Side(name=tree.name, commit=tree.commit, snapshots=snapshots, failed=failed)


def _write(  # noqa: PLR0913 - snapshots_of, for what is missing
    tree: Tree,
    stacks: Sequence[str],
    *,
    out: Path,
    home: Path,
    how: How,
    server: ForkServer | None,
) -> None:
    arguments = [str(out), *stacks, *(() if how.model else ("--no-model",))]
    try:
        if server is not None and server.python == tree.python:
            evaluated = partial(server.run, WRITER, arguments)
        else:
            evaluated = partial(run, [str(tree.python), "-m", WRITER, *arguments])
        writable = (out, tree.writable)
        evaluated(cwd=tree.path, home=home, bounds=how.bounds, writable=writable)
    except IsolationError as error:
        raise RevisionError(f"the code of {tree.name} was stopped: {error}") from error


def _said(file: Path) -> str:
    with contextlib.suppress(OSError):
        return file.read_text(encoding="utf-8", errors="replace")[:4000]
    return "it wrote no snapshot"


def _kept(root: Path, tree: Tree, stack: str, *, model: bool) -> Path | None:
    """Return where a commit's snapshot is kept: it hangs on nothing but the commit and Python."""
    if tree.commit is None:
        return None
    parts = (
        tree.commit,
        stack,
        str(model),
        str(FORMAT),
        sys.version,
        (tree.path / LOCK).read_text(),
    )
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
    return root / ".mlops" / "plans" / f"{stack}-{digest}.json"


def _keep(file: Path, kept: Path) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    fresh = kept.with_suffix(".fresh")
    shutil.copyfile(file, fresh)
    fresh.replace(kept)
    for old in _oldest(kept.parent):
        old.unlink(missing_ok=True)


def _oldest(folder: Path) -> Iterator[Path]:
    files = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    yield from files[KEPT:]
