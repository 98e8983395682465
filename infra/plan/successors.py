"""Objects named by the hash of their content: another content is another object, not a loss."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from infra.plan.compare import Change

_HASH: Final = re.compile(r"-[0-9a-f]{8,64}\b")


def successors(changes: Iterable[Change]) -> dict[str, str]:
    """Return URN of what is deleted to that of what takes its place under its content's name."""
    listed = list(changes)
    made = {_place(one): one.urn for one in listed if one.operation == "create"}
    return {
        one.urn: made[place]
        for one in listed
        if one.operation == "delete"
        and content_named(one.name)
        and (place := _place(one)) in made
        and not one.stateful
    }


def content_named(name: str) -> bool:
    """Tell whether a logical name holds the hash of a content."""
    return _HASH.search(name) is not None


def _place(one: Change) -> tuple[str, str | None, str]:
    return one.type, one.parent, _HASH.sub("-", one.name)
