"""What the name of an instance type says; held to ``stacks/instances.csv`` by a test."""

from __future__ import annotations

import re
from typing import Any, Final

_FAMILY: Final = re.compile(r"^(?:ml\.)?([a-z]+)(\d+)([a-z]*)")
_ACCELERATED: Final = frozenset({"p", "g", "gr", "inf", "trn", "dl", "vt"})
_OWN_DISKS: Final = frozenset({"g", "gr", "trn", "i", "d"})
"""Kinds all of whose sizes bring disks of their own, p from its third generation on besides."""


def accelerated(instance_type: Any) -> bool:
    """Tell whether a type has GPUs or AWS's own chips for learning."""
    found = _FAMILY.match(str(instance_type))
    return found is not None and found[1] in _ACCELERATED


def own_disks(instance_type: Any) -> bool:
    """Tell whether a type brings disks that its hardware encrypts: SageMaker refuses a key."""
    found = _FAMILY.match(str(instance_type))
    if found is None:
        return False
    kind, generation, extras = found.groups()
    if kind == "p":
        return int(generation) > 3 or "d" in extras  # noqa: PLR2004 - p3 came with and without
    return kind in _OWN_DISKS or "d" in extras
