"""Which stacks a change touches, by its files: a stack's own layers, or code that all share."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path
from typing import Final, get_args

from infra.git import GitError, git
from stacks.config import Environment
from stacks.errors import UnknownStackError
from stacks.layers import SHORT_LIVED, load
from stacks.names import parse, stacks

_NAME: Final = re.compile(r"[a-z][a-z0-9]*-[a-z]+")
ORDER: Final[tuple[str, ...]] = get_args(Environment)
"""Environments in the order in which a change goes through them."""
APART: Final = (
    *("docs/*", "tests/*", ".*", "*.md", "LICENSE", "Makefile", "mkdocs.yml"),
    *("requirements-*", f"stacks/{SHORT_LIVED}", "stacks/*schema.json"),
    *("infra/cli/*", "infra/demo/*", "infra/emulator/*", "infra/forge/*", "infra/plan/*"),
    *("infra/package/*", "infra/pictures/*", "infra/policy/*", "infra/site/*"),
)
"""What no stack is made from; a file that is neither here nor a layer is taken to touch all."""


class RevisionError(LookupError):
    """A revision to compare with cannot be found."""


def in_order(names: Iterable[str]) -> list[str]:
    """Return stacks by environment, then by name.

    Raises:
        UnknownStackError: a file is called as no stack of an environment is.
    """
    names = list(names)
    for stack in names:
        if not _NAME.fullmatch(stack) or parse(stack).environment not in ORDER:
            rule = f"stack must be team-environment, with one of {list(ORDER)}"
            raise UnknownStackError(f"stacks/Pulumi.{stack}.yaml: {rule}, got {stack!r}")
    return sorted(names, key=lambda stack: (ORDER.index(parse(stack).environment), stack))


def changed(against: str, root: Path) -> list[str]:
    """Return the stacks that the working tree may change since it left ``against``.

    Raises:
        RevisionError: there is no such revision.
        StackError: a stack's files break rules.
    """
    names = in_order(stacks(root))
    touched = {stack for file in files(against, root) for stack in touches(file, names, root)}
    return [stack for stack in names if stack in touched]


def files(against: str, root: Path) -> list[str]:
    """Return the files that differ from the commit at which ``against`` was left.

    Raises:
        RevisionError: there is no such revision.
    """
    if against.startswith("-"):
        raise RevisionError(f"against must be a revision, got {against!r}")
    began = _git("merge-base", against, "HEAD", root=root).strip()
    told = _git("diff", "--name-only", "--no-renames", "-z", began, root=root)
    new = _git("ls-files", "--others", "--exclude-standard", "-z", root=root)
    return sorted({*filter(None, told.split("\0")), *filter(None, new.split("\0"))})


def touches(file: str, names: Iterable[str], root: Path) -> list[str]:
    """Return which of the stacks a file may change."""
    path = Path(file)
    by = {
        "stacks": lambda stack: path.stem == f"Pulumi.{stack}",
        "stacks/environments": lambda stack: path.stem == parse(stack).environment,
        "stacks/teams": lambda stack: path.stem == parse(stack).team,
    }
    layer = by.get(path.parent.as_posix())
    if layer is not None and path.suffix == ".yaml" and path.name != SHORT_LIVED:
        return [stack for stack in names if layer(stack)]
    if any(fnmatch(file, pattern) for pattern in APART):
        return []
    folder, *below = path.parts
    if folder == "pipelines" and len(below) > 1 and below[0] != "shared":
        return [stack for stack in names if below[0] in load(stack, root).config.use_cases]
    return list(names)


def _git(*arguments: str, root: Path) -> str:
    try:
        return git(root, *arguments)
    except GitError as error:
        raise RevisionError(f"{error}") from error
