"""Configuration as layers: which file changed which value, and for which stacks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from infra.plan._values import canonical, mapping, plain, text, whole

USE_CASES: Final = "use_cases"


@dataclass(frozen=True, kw_only=True, slots=True)
class SettingChange:
    """One value that is another one now, or stands elsewhere, for all stacks that it is so for."""

    change: Literal["changed", "added", "removed", "moved"]
    """``added`` and ``removed`` are keys that the model did not, or does not, know."""
    key: str
    """Dotted; of several use cases the first one's."""
    keys: tuple[str, ...]
    """All that one line sets: ``every_use_case`` sets one for each use case."""
    stacks: tuple[str, ...]
    old: Any
    new: Any
    was: str | None
    """``file:line``, ``default`` or ``stack name`` of before; ``None`` where the key was not."""
    now: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What a change does to the settings of the stacks that were compared."""

    changes: tuple[SettingChange, ...] = ()
    """In order of the file that tells the value now; what only moved comes last."""
    stacks_added: tuple[str, ...] = ()
    stacks_removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether anything changed."""
        return bool(self.changes or self.stacks_added or self.stacks_removed)


def compare(base: Mapping[str, Any], head: Mapping[str, Any]) -> Settings:
    """Compare ``{stack: {dotted key: {"value": ..., "origin": "file:line"}}}`` of two revisions.

    A value that its file keeps on another line is no change.
    """
    groups: dict[tuple[object, ...], list[tuple[str, str]]] = {}
    for stack in sorted(base.keys() & head.keys()):
        old, new = mapping(base[stack]), mapping(head[stack])
        for key in sorted({*map(str, old), *map(str, new)}):
            for one in _differs(key, mapping(old.get(key)), mapping(new.get(key))):
                groups.setdefault(one, []).append((whole(str(stack)), whole(key)))
    found = [_change(about, places) for about, places in groups.items()]
    return Settings(
        changes=tuple(sorted(found, key=_order)),
        stacks_added=tuple(whole(str(one)) for one in sorted(head.keys() - base.keys())),
        stacks_removed=tuple(whole(str(one)) for one in sorted(base.keys() - head.keys())),
    )


def _differs(
    key: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[tuple[object, ...]]:
    """Yield what changes of the same line have in common, if the key's value changed."""
    was, now = _origin(old), _origin(new)
    before, after = canonical(plain(old.get("value"))), canonical(plain(new.get("value")))
    if was is None and now is None:
        return
    if was is None or now is None:
        kind = "added" if was is None else "removed"
    elif before != after:
        kind = "changed"
    elif _file(was) != _file(now):
        kind = "moved"
    else:
        return
    shared = _within_use_case(key)
    yield kind, shared, was, now, before, after


def _change(about: tuple[Any, ...], places: list[tuple[str, str]]) -> SettingChange:
    kind, _, was, now, before, after = about
    keys = sorted({key for _, key in places})
    return SettingChange(
        change=kind,
        key=keys[0],
        keys=tuple(keys),
        stacks=tuple(sorted({stack for stack, _ in places})),
        old=json.loads(before),
        new=json.loads(after),
        was=was,
        now=now,
    )


def _origin(setting: Mapping[str, Any]) -> str | None:
    return whole(text(setting.get("origin"))) if "origin" in setting else None


def _file(origin: str) -> str:
    file, _, line = origin.rpartition(":")
    return file if line.isdigit() else origin


def _within_use_case(key: str) -> str:
    """Return the key without the use case's name: one line may set it for each of them."""
    parts = key.split(".", 2)
    return f"{USE_CASES}..{parts[2]}" if parts[0] == USE_CASES and len(parts) == 3 else key  # noqa: PLR2004 - group, use case, rest


def _order(one: SettingChange) -> tuple[object, ...]:
    file, _, line = (one.now or one.was or "").rpartition(":")
    number = int(line) if line.isdecimal() and len(line) < 10 else 0  # noqa: PLR2004 - no file is longer
    return (one.change == "moved", file, number, one.key, one.stacks)
