"""What changed between two sets of checked inputs, and what that means for the resource."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from infra.graph.assets import is_asset
from infra.graph.model import UNKNOWN

Kind = Literal["add", "delete", "update"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """Changed properties of one resource."""

    changes: Mapping[str, Kind]
    """By property path (``tags.team``, ``rules[0].prefix``)."""
    replaces: frozenset[str]
    """Top-level inputs that changed and cannot be changed in place."""

    @property
    def changed_inputs(self) -> frozenset[str]:
        """Return the top-level inputs that changed."""
        return frozenset(top_level(path) for path in self.changes)


def compare(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    *,
    replace_on: Collection[str],
    ignore: Collection[str] = (),
) -> Difference:
    """Compare checked inputs; what a replacement needs counts from ``replace_on``.

    An unknown new value differs from every known one: AWS alone will tell, so the plan shows the
    most that can happen. Nothing, an empty list and an empty mapping are one and the same.
    """
    new = ignoring(new, old, ignore)
    changes: dict[str, Kind] = {}
    for key in sorted({*old, *new}):
        changes |= _changes(key, old.get(key), new.get(key))
    asking = replacing(changes, replace_on=replace_on, forced=())
    return Difference(changes=changes, replaces=frozenset(top_level(path) for path in asking))


def replacing(
    changed: Collection[str], *, replace_on: Collection[str], forced: Collection[str]
) -> frozenset[str]:
    """Return those changed paths that ask for a successor.

    ``replace_on`` is what the provider cannot change in place, ``forced`` the program's
    ``replace_on_changes``: paths, or ``*`` for whatever changes.
    """
    named = {top_level(path) for path in forced}
    if "*" in named:
        return frozenset(changed)
    wanted = {*replace_on, *named}
    return frozenset(path for path in changed if any(_touches(path, one) for one in wanted))


def _touches(path: str, other: str) -> bool:
    """Tell whether one of two paths leads to the other, or into it."""
    short, long = sorted((path, other), key=len)
    return long == short or long.startswith((f"{short}.", f"{short}["))


def ignoring(
    inputs: Mapping[str, Any], old: Mapping[str, Any], paths: Collection[str]
) -> dict[str, Any]:
    """Return the inputs with the old value wherever ``ignore_changes`` names it.

    A path is a property, or leads into mappings with dots (``tags.owner``); one that leads into a
    list counts for the whole property.
    """
    kept = dict(inputs)
    for path in paths:
        head, _, rest = (top_level(path) if "[" in path else path).partition(".")
        if rest and isinstance(kept.get(head), Mapping) and isinstance(old.get(head), Mapping):
            kept[head] = ignoring(kept[head], old[head], (rest,))
        elif head in old:
            kept[head] = old[head]
        else:
            kept.pop(head, None)
    return kept


def refreshed(
    inputs: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the inputs with what drifted outside: where the outputs read now differ from before.

    An input whose output is unchanged keeps its own spelling: AWS reformats policies, sorts lists.
    """
    drifted = {
        key: after.get(key)
        for key in inputs
        if key in before and not same(before[key], after.get(key))
    }
    return {key: value for key, value in {**inputs, **drifted}.items() if value is not None}


def same(old: Any, new: Any) -> bool:
    """Tell whether two values mean the same to AWS."""
    return not _changes("", old, new)


def top_level(path: str) -> str:
    """Return the input that a property path lies in."""
    return path.split(".", 1)[0].split("[", 1)[0]


def _changes(path: str, old: Any, new: Any) -> dict[str, Kind]:  # noqa: PLR0911 - one per case
    if _empty(old) and _empty(new):
        return {}
    if _empty(old):
        return {path: "add"}
    if _empty(new):
        return {path: "delete"}
    if new is UNKNOWN or old is UNKNOWN:
        return {} if old is new else {path: "update"}
    if is_asset(old) and is_asset(new):
        return {} if _same_content(old, new) else {path: "update"}
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return _changes_inside(path, old, new)
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = {f"{path}[{index}]": pair for index, pair in enumerate(zip(old, new, strict=True))}
        return _merged(_changes(inner, *pair) for inner, pair in pairs.items())
    return {} if old == new or _same_json(old, new) else {path: "update"}


def _changes_inside(path: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Kind]:
    keys = sorted({*old, *new})
    return _merged(_changes(f"{path}.{key}", old.get(key), new.get(key)) for key in keys)


def _merged(parts: Any) -> dict[str, Kind]:
    merged: dict[str, Kind] = {}
    for part in parts:
        merged |= part
    return merged


def _same_content(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    # The engine hashes assets and leaves their contents out of a diff: both have the hash.
    if old.get("hash") and new.get("hash"):
        return bool(old["hash"] == new["hash"])
    return old == new


def _same_json(old: Any, new: Any) -> bool:
    if not (isinstance(old, str) and isinstance(new, str)):
        return False
    if not (old.lstrip().startswith("{") and new.lstrip().startswith("{")):
        return False
    try:
        return bool(json.loads(old) == json.loads(new))
    except ValueError:
        return False


def _empty(value: Any) -> bool:
    return value is None or (isinstance(value, list | dict) and not value)
