"""What looks like a rename without an alias: something goes, and its like comes in its place."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from infra.plan.compare import Change

ALIKE: Final = 0.55
"""Names less alike than this are taken for different things; a child's counts with its parent's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rename:
    """A resource that Pulumi would delete, and the one that it was probably renamed to."""

    was: str
    """URN."""
    now: str
    alias: str
    """What to add to the options of ``now``, so that it stays the same resource."""


def renames(changes: Iterable[Change]) -> list[Rename]:
    """Return the outermost probable renames: an alias of a component carries over to its children.

    A resource is like another when it has the same type and a similar name, or the same name under
    another parent; a component also when its class alone is called otherwise.
    """
    listed = list(changes)
    gone = [one for one in listed if one.operation == "delete"]
    come = {one.urn: one for one in listed if one.operation == "create"}
    parents = {one.urn: one.parent for one in listed}
    found: dict[str, Rename] = {}
    for one in sorted(gone, key=lambda change: change.urn.count("$")):
        if _carried(one, found, parents):
            continue
        alike = [(_likeness(one, other), other.urn) for other in come.values()]
        best = max(alike, default=(0.0, ""))
        if best[0] >= ALIKE:
            now = come.pop(best[1])
            found[one.urn] = Rename(was=one.urn, now=now.urn, alias=_alias(one, now))
    return list(found.values())


def _carried(one: Change, found: Mapping[str, Rename], parents: Mapping[str, str | None]) -> bool:
    """Tell whether an alias of what holds it would carry it over."""
    parent = one.parent
    while parent is not None:
        if parent in found:
            return True
        parent = parents.get(parent)
    return False


def _likeness(one: Change, other: Change) -> float:
    if one.type != other.type:
        place = (one.custom, one.name, one.parent)
        return ALIKE if place == (False, other.name, other.parent) and not other.custom else 0.0
    if one.name == other.name:
        return 1.0
    return difflib.SequenceMatcher(None, one.name, other.name).ratio()


def _alias(one: Change, now: Change) -> str:
    told = [] if one.name == now.name else [f"name={json.dumps(one.name)}"]
    if one.type != now.type:
        told.append(f"type_={json.dumps(one.type)}")
    if one.parent != now.parent:
        told.append(f"parent={_parent(one.parent)}")
    return f"opts=pulumi.ResourceOptions(aliases=[pulumi.Alias({', '.join(told)})])"


def _parent(urn: str | None) -> str:
    """Return what names a parent in a program, be the stack called as it may."""
    if urn is None:
        return "pulumi.ROOT_STACK_RESOURCE"
    _, _, rest = urn.partition("::")
    return f'"urn:pulumi:" + pulumi.get_stack() + {json.dumps(f"::{rest}")}'
