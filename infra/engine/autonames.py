"""Which of two resources of one name has to go first."""

from __future__ import annotations

import re

from infra.resources.handler import Properties, ResourceType


def stands_in_the_way(kind: ResourceType, old: Properties, new: Properties, *, name: str) -> bool:
    """Tell whether a predecessor must go before its successor can be made.

    So it is where the program chose the physical name itself, and keeps it. ``name`` is the logical
    one; a name made from that is made afresh for the successor.
    """
    if kind.delete_before_replace:
        return True
    if kind.autoname is None:
        return False
    chosen = new.get(kind.autoname.property)
    return chosen == old.get(kind.autoname.property) and not is_autoname(chosen, name)


def is_autoname(value: object, name: str) -> bool:
    """Tell whether a physical name is ``<logical name>-<7 hexadecimal digits>``."""
    if not isinstance(value, str):
        return False
    return re.fullmatch(rf"(?i){re.escape(name)}-[0-9a-f]{{7}}(\.\w+)?", value) is not None
