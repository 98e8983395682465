"""The changes of resources, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from infra.plan._values import text
from infra.plan.compare import KNOWN_LATER, Change, InputChange, Operation
from infra.plan.losses import Loss
from infra.plan.plan import PARTICIPLES
from infra.plan.renames import Rename
from infra.plan.render.safe import capped, counted, inline, listed
from infra.plan.successors import successors

MAX_LINES: Final = 80
MAX_INPUTS: Final = 6
LONGEST: Final = 80
"""Characters of a value that are shown; a longer one is told by its length."""
ORDER: Final[tuple[Operation, ...]] = ("delete", "replace", "create", "update", "move")
"""What matters most first."""
ELSEWHERE: Final = {
    "assumeRolePolicy": "Permissions",
    "pipelineDefinition": "Pipelines",
    "policy": "Permissions",
}
"""Inputs that a section of their own tells."""


def summary(changes: Sequence[Change]) -> str:
    """Return the counts as people say them: ``1 to replace, 3 to update``."""
    counts = [(what, sum(one.operation == what for one in changes)) for what in ORDER]
    return ", ".join(f"{count} to {what}" for what, count in counts if count) or "no resources"


def markdown(changes: Sequence[Change], *, limit: int = MAX_LINES) -> str:
    """Return the section, its first line a summary; nothing where no resource changes."""
    if not changes:
        return ""
    pairs = successors(changes)
    rest = [one for one in changes if one.urn not in {*pairs, *pairs.values()}]
    lines = [line for what in ORDER for line in _lines(what, rest)]
    lines += _successions(changes, pairs)
    return "\n\n".join([f"**Resources**: {summary(changes)}", "\n".join(capped(lines, limit))])


def losses(found: Iterable[Loss]) -> str:
    """Return what is missed once it goes, those first that nobody has acknowledged."""
    lines = [
        f"- {inline(one.name)} ({inline(one.type)}) would be **{PARTICIPLES[one.operation]}**: "
        f"{one.why}{_agreed(one)}"
        for one in sorted(found, key=lambda loss: bool(loss.acknowledged))
    ]
    return "\n".join(capped(lines, MAX_LINES))


def renamed(found: Iterable[Rename]) -> str:
    """Return what to add where something was renamed and should stay the same resource."""
    lines = [
        f"- {inline(_last(one.was))} is deleted and {inline(_last(one.now))} made; if it is the "
        f"same, add to {inline(_last(one.now))}: {inline(one.alias, 200)}"
        for one in found
    ]
    return "\n".join(capped(lines, MAX_LINES))


def _last(urn: str) -> str:
    return urn.rsplit("::", 1)[-1]


def _agreed(one: Loss) -> str:
    return f" (acknowledged by {inline(one.acknowledged)})" if one.acknowledged else ""


def cause(one: InputChange) -> str:
    """Return one changed input as a line says it."""
    forced = ", **forces replacement**" if one.replaces else ""
    if one.because is not None:
        follows = one.because.rsplit("::", 1)[-1]
        return f"{inline(one.path)} follows {inline(follows)}, which is replaced{forced}"
    if one.files:
        return f"{inline(one.path)}: {listed([inline(name) for name in one.files])} changed{forced}"
    if one.path in ELSEWHERE and one.kind == "update":
        return f"{inline(one.path)}: told under {ELSEWHERE[one.path]}{forced}"
    if one.kind == "add":
        return f"{inline(one.path)}: {shown(one.new)} (new){forced}"
    if one.kind == "delete":
        return f"{inline(one.path)}: {shown(one.old)} (gone){forced}"
    return f"{inline(one.path)}: {shown(one.old)} → {shown(one.new)}{forced}"


def shown(value: Any) -> str:
    """Return a value, or how long it is where a line has no room for it."""
    if value == KNOWN_LATER:
        return "known once it stands"
    said = text(value)
    if len(said) <= LONGEST:
        return inline(said)
    return counted(len(said), "character")


def _successions(changes: Sequence[Change], pairs: Mapping[str, str]) -> Iterator[str]:
    names = [_named(one) for one in changes if one.urn in pairs.values()]
    if names:
        told = counted(len(names), "object")
        yield f"- **new content** for {told} named by what they hold: {listed(names)}"


def _lines(what: Operation, changes: Sequence[Change]) -> Iterator[str]:
    of_it = [one for one in changes if one.operation == what]
    for type_, group in groupby(sorted(of_it, key=_place), key=lambda one: one.type):
        members = list(group)
        if what in {"create", "delete", "move"} or not any(one.inputs for one in members):
            names = ", ".join(_named(one) for one in members)
            yield f"- **{what}** {inline(type_)}: {names}"
            continue
        for one in members:
            yield f"- **{what}** {inline(type_)} {_named(one)}{_unsure(one)}"
            told = [f"  - {cause(inner)}" for inner in one.inputs]
            yield from capped(told, MAX_INPUTS, "more inputs")


def _place(one: Change) -> tuple[str, str]:
    return one.type, one.name


def _named(one: Change) -> str:
    if one.was is None:
        return inline(one.name)
    return f"{inline(one.name)} (was {inline(one.was.rsplit('::', 1)[-1])})"


def _unsure(one: Change) -> str:
    return "" if one.known else " (which inputs replace this type is not known here)"
