"""The changes of resources, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from infra.plan._policies import UnreadableError, permissions
from infra.plan._values import changes as differences
from infra.plan._values import loaded, plain, text
from infra.plan.compare import KNOWN_LATER, Change, InputChange, Operation
from infra.plan.losses import Loss
from infra.plan.pipelines import says_more
from infra.plan.plan import PARTICIPLES
from infra.plan.renames import Rename
from infra.plan.render.safe import MAX_INLINE, capped, counted, inline, listed, room
from infra.plan.successors import successors

MAX_LINES: Final = 80
MAX_INPUTS: Final = 6
LONGEST: Final = MAX_INLINE
"""Characters of a value that are shown; a longer one is told by its length, but on the page."""
ORDER: Final[tuple[Operation, ...]] = ("delete", "replace", "create", "update", "move")
"""What matters most first."""
AROUND: Final = 20
"""Characters shown on either side of what differs within a long text."""
ARCHIVES: Final = "only archives of code; Pipelines tells which steps run what changed"


def summary(changes: Sequence[Change]) -> str:
    """Return the counts as people say them: ``1 to replace, 3 to update``."""
    counts = [(what, sum(one.operation == what for one in changes)) for what in ORDER]
    return ", ".join(f"{count} to {what}" for what, count in counts if count) or "no resources"


def markdown(changes: Sequence[Change]) -> str:
    """Return the section, its first line a summary; nothing where no resource changes."""
    if not changes:
        return ""
    pairs = successors(changes)
    rest = [one for one in changes if one.urn not in {*pairs, *pairs.values()}]
    lines = [line for what in ORDER for line in _lines(what, rest)]
    lines += _successions(changes, pairs)
    return "\n\n".join([f"**Resources**: {summary(changes)}", "\n".join(capped(lines, MAX_LINES))])


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
    return "\n".join(capped([_renamed(one) for one in found], MAX_LINES))


def _renamed(one: Rename) -> str:
    was, now = _last(one.was), _last(one.now)
    if was == now:  # under another class or parent, which stands before the name
        was, now = one.was.split("::", 2)[-1], one.now.split("::", 2)[-1]
    return (
        f"- {inline(was)} is deleted and {inline(now)} made; if it is the same, "
        f"add to {inline(_last(one.now))}: {inline(one.alias, 1000)}"
    )


def _last(urn: str) -> str:
    return urn.rsplit("::", 1)[-1]


def _agreed(one: Loss) -> str:
    return f" (acknowledged by {inline(one.acknowledged)})" if one.acknowledged else ""


def causes(one: InputChange) -> Iterator[str]:
    """Yield one changed input as lines say it: a document of JSON by what differs within it."""
    forced = ", **forces replacement**" if one.replaces else ""
    if one.because is not None:
        follows = one.because.rsplit("::", 1)[-1]
        yield f"{inline(one.path)} follows {inline(follows)}, which is replaced{forced}"
    elif one.files:
        names = listed([inline(name) for name in one.files])
        yield f"{inline(one.path)}: {names} changed{forced}"
    elif one.kind == "update" and (told := elsewhere(one)):
        yield f"{inline(one.path)}: {told}{forced}"
    elif one.kind == "add":
        yield f"{inline(one.path)}: {shown(one.new)} (new){forced}"
    elif one.kind == "delete":
        yield f"{inline(one.path)}: {shown(one.old)} (gone){forced}"
    else:
        old, new = loaded(one.old), loaded(one.new)
        if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
            old, new = one.old, one.new
        for inner in differences(plain(old), plain(new), one.path):
            yield f"{inline(inner.path)}: {_values(inner.old, inner.new)}{forced}"


def elsewhere(one: InputChange) -> str:
    """Return where a section of its own tells an input, or why none does; empty for all others."""
    if one.path == "pipelineDefinition":
        return "told under Pipelines" if says_more(one.old, one.new) else ARCHIVES
    try:
        same = permissions(one.old) == permissions(one.new)
    except UnreadableError:
        return ""
    return "written otherwise, permits the same" if same else "told under Permissions"


def _values(old: Any, new: Any) -> str:
    """Return both values, of long ones what differs."""
    if old is None or new is None:
        return f"{shown(new)} (new)" if old is None else f"{shown(old)} (gone)"
    if isinstance(old, list) and isinstance(new, list):
        told = [f"+ {shown(item)}" for item in new if item not in old]
        told += [f"- {shown(item)}" for item in old if item not in new]
        return listed(told) or "in another order, or another number of times"
    if isinstance(old, str) and isinstance(new, str) and max(len(old), len(new)) > LONGEST:
        same = _shared(old, new)
        after = _shared(old[same:][::-1], new[same:][::-1])
        old = _within(old, same, len(old) - after)
        new = _within(new, same, len(new) - after)
    return f"{shown(old)} → {shown(new)}"


def _shared(one: str, other: str) -> int:
    """Return how many characters both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _within(text: str, start: int, end: int) -> str:
    """Return a part of a text with a little of what stands around it."""
    first, last = max(0, start - AROUND), min(len(text), end + AROUND)
    return f"{'…' * (first > 0)}{text[first:last]}{'…' * (last < len(text))}"


def shown(value: Any) -> str:
    """Return a value, or how long it is where a line has no room for it."""
    if value == KNOWN_LATER:
        return "known once it stands"
    said = text(value)
    if room(LONGEST, len(said)) < len(said):
        return counted(len(said), "character")
    return inline(said)


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
        alike: dict[tuple[str, ...], list[Change]] = {}
        for one in members:
            told = [f"- {line}" for inner in one.inputs for line in causes(inner)]
            alike.setdefault((_unsure(one), *told), []).append(one)
        for (unsure, *told), several in alike.items():
            yield f"- **{what}** {inline(type_)} {', '.join(map(_named, several))}{unsure}"
            yield from (f"  {line}" for line in capped(told, MAX_INPUTS, "more inputs"))


def _place(one: Change) -> tuple[str, str]:
    return one.type, one.name


def _named(one: Change) -> str:
    if one.was is None:
        return inline(one.name)
    return f"{inline(one.name)} (was {inline(one.was.rsplit('::', 1)[-1])})"


def _unsure(one: Change) -> str:
    return "" if one.known else " (which inputs replace this type is not known here)"
