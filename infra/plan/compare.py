"""Two snapshots' resources: what the engine would do to get from the one to the other.

The rules are the engine's. A resource is known by its URN, or by an alias. Its provider completes
the inputs and says which of those that changed make it replace the resource. What depends on a
replaced resource gets values that nobody knows yet, and these count as changed, so that one
replacement may bring others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from infra.engine.diff import compare as differences
from infra.engine.diff import replacing, top_level
from infra.graph.assets import is_asset
from infra.graph.wire import UNKNOWN_STRING
from infra.plan.snapshot import Planned, Snapshot
from infra.resources.handler import ResourceType
from infra.resources.table import lookup

Operation = Literal["create", "update", "replace", "delete", "move"]
"""``move``: known under an alias, and otherwise the same."""
KNOWN_LATER: Final = UNKNOWN_STRING
"""Stands for what AWS alone will tell."""


@dataclass(frozen=True, kw_only=True, slots=True)
class InputChange:
    """One property that differs."""

    path: str
    """As Pulumi writes it: ``tags.team``, ``rules[0].prefix``."""
    kind: Literal["add", "delete", "update"]
    old: Any = None
    new: Any = None
    replaces: bool = False
    """The provider cannot change it in place."""
    because: str | None = None
    """URN of the replaced resource that it follows."""
    files: tuple[str, ...] = ()
    """Of code: the files that differ, as far as they are text."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What becomes of one resource."""

    urn: str
    type: str
    name: str
    parent: str | None
    operation: Operation
    custom: bool = True
    """Made by a provider; false for components."""
    inputs: tuple[InputChange, ...] = ()
    was: str | None = None
    """URN before, where an alias says so."""
    protected: bool = False
    """Pulumi refuses what would become of it."""
    stateful: bool = False
    """Holds what cannot be made again."""
    known: bool = True
    """Its type is in the table; else which inputs replace it is not known."""
    faults: tuple[str, ...] = ()
    """Why pulumi-aws or AWS would refuse it, where that is new."""

    @property
    def loses(self) -> bool:
        """Whether what stands goes, with what it holds."""
        return self.operation in {"replace", "delete"}


def compare(base: Snapshot | None, head: Snapshot | None) -> list[Change]:
    """Return a change for every resource that does not stay as it is, in order of the head.

    ``None`` is a stack that the revision does not have: all is made, or all goes.
    """
    old = dict(base.resources) if base else {}
    new = dict(head.resources) if head else {}
    found = dict[str, Change]()
    standing = _Standing(old)
    for one in new.values():
        before = standing.of(one)
        change = _created(one) if before is None else standing.changed(before, one)
        if change is not None:
            found[one.urn] = change
    gone = [_deleted(one) for urn, one in old.items() if urn not in standing.kept]
    return [*found.values(), *reversed(gone)]


class _Standing:
    """What stands, and what has been said of it so far."""

    def __init__(self, resources: Mapping[str, Planned]) -> None:
        self.kept: set[str] = set()
        """URNs of the base that the head still declares."""
        self._resources = resources
        self._replaced: set[str] = set()
        """URNs of the head."""
        self._renamed: dict[str, dict[str, str]] = {}
        """By URN of the head, symbols of before for those of after."""

    def of(self, one: Planned) -> Planned | None:
        for urn in (one.urn, *one.aliases):
            if urn in self._resources and urn not in self.kept:
                self.kept.add(urn)
                return self._resources[urn]
        return None

    def changed(self, old: Planned, new: Planned) -> Change | None:
        if old.urn != new.urn:
            self._renamed[new.urn] = {
                symbol: old.symbols[output]
                for output, symbol in new.symbols.items()
                if output in old.symbols and symbol != old.symbols[output]
            }
        kind = _kind(new.type)
        inputs = {**self._as_before(new), **_kept_name(kind, old, new)}
        found = [
            replace(one, files=_differing(old.files, new.files)) if is_asset(one.new) else one
            for one in _changes(old.inputs, inputs, new.ignore_changes)
        ]
        found += self._followers(old, new, {one.path for one in found})
        asking = replacing(
            {one.path for one in found},
            replace_on=kind.replace_on if kind else (),
            forced=new.replace_on_changes,
        )
        found = [replace(one, replaces=one.path in asking) for one in found]
        replaces = bool(asking or (new.custom and old.type != new.type))
        if replaces:
            self._replaced.add(new.urn)
        faults = tuple(one for one in new.faults if one not in old.faults)
        if not (found or replaces or faults or old.urn != new.urn):
            return None
        operation: Operation = "replace" if replaces else "update" if found or faults else "move"
        return _change(
            new,
            operation,
            inputs=tuple(sorted(found, key=lambda one: one.path)),
            was=old.urn if old.urn != new.urn else None,
            # Pulumi lets the update that replaces lift the protection, and set it.
            protected=old.protect and new.protect and replaces,
            faults=faults,
        )

    def _as_before(self, new: Planned) -> dict[str, Any]:
        """Return the inputs with the symbols of renamed resources as they were."""
        renamed = {
            symbol: before
            for urn in {urn for urns in new.followed.values() for urn in urns}
            for symbol, before in self._renamed.get(urn, {}).items()
        }
        if not renamed:
            return dict(new.inputs)
        longest = sorted(renamed.items(), key=lambda pair: len(pair[0]), reverse=True)
        return {key: _substituted(value, longest) for key, value in new.inputs.items()}

    def _followers(self, old: Planned, new: Planned, told: set[str]) -> Iterator[InputChange]:
        """Yield the inputs that hold what a replaced resource alone will tell."""
        already = {top_level(path) for path in told}
        for key, urns in new.followed.items():
            replaced = [urn for urn in urns if urn in self._replaced]
            if replaced and key not in {*new.ignore_changes, *already}:
                yield InputChange(
                    path=key,
                    kind="update" if key in old.inputs else "add",
                    old=old.inputs.get(key),
                    new=KNOWN_LATER,
                    because=replaced[0],
                )


def _kept_name(kind: ResourceType | None, old: Planned, new: Planned) -> dict[str, Any]:
    """Return a name that was made before: unlike a given one, any logical name keeps it."""
    named = kind.autoname.property if kind and kind.autoname else None
    if named in old.symbols and named in new.symbols and named in old.inputs:
        return {named: old.inputs[named]}
    return {}


def _changes(
    old: Mapping[str, Any], new: Mapping[str, Any], ignore: tuple[str, ...]
) -> Iterator[InputChange]:
    for path, kind in differences(old, new, replace_on=(), ignore=ignore).changes.items():
        yield InputChange(path=path, kind=kind, old=_at(old, path), new=_at(new, path))


def _differing(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(name for name in sorted({*old, *new}) if old.get(name) != new.get(name))


def _at(value: Any, path: str) -> Any:
    """Return what lies at a path; keys may hold dots themselves, so the longest that fits wins."""
    if not path:
        return value
    if path.startswith("["):
        index, _, rest = path[1:].partition("]")
        return _at(value[int(index)], rest.removeprefix(".")) if isinstance(value, list) else None
    if not isinstance(value, Mapping):
        return None
    for key in sorted(value, key=len, reverse=True):
        if path == key or path.startswith((f"{key}.", f"{key}[")):
            return _at(value[key], path[len(key) :].removeprefix("."))
    return None


def _substituted(value: Any, pairs: list[tuple[str, str]]) -> Any:
    if isinstance(value, str):
        for symbol, before in pairs:
            value = value.replace(symbol, before)
        return value
    if isinstance(value, Mapping):
        return {key: _substituted(item, pairs) for key, item in value.items()}
    if isinstance(value, list):
        return [_substituted(item, pairs) for item in value]
    return value


def _created(one: Planned) -> Change:
    return _change(one, "create", faults=one.faults)


def _deleted(one: Planned) -> Change:
    return _change(one, "delete", protected=one.protect)


def _change(one: Planned, operation: Operation, **more: Any) -> Change:
    kind = _kind(one.type)
    return Change(
        urn=one.urn,
        type=one.type,
        name=one.name,
        parent=one.parent,
        operation=operation,
        custom=one.custom,
        stateful=stateful(one.type),
        known=kind is not None or not one.custom,
        **more,
    )


def stateful(type_: str) -> bool:
    """Tell whether resources of a type hold what cannot be made again."""
    kind = _kind(type_)
    return bool(kind and kind.stateful)


def _kind(type_: str) -> ResourceType | None:
    try:
        return lookup(type_)
    except LookupError:
        return None
