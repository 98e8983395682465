"""What AWS's own API model says of a request, before it is sent.

botocore checks required members, types and lower bounds when a call is made. Its service
descriptions hold more: enums, upper bounds, patterns. All of it is checked here, with nothing
created, and what only AWS will know (:data:`~infra.graph.model.UNKNOWN`) fits everywhere.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import regex
from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from infra.graph.model import Unknown

_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "blob": (bytes, bytearray, str),
}
_ASTRAL = r"\uD800\uDC00-\uDBFF\uDFFF"
"""How Java's patterns write what lies beyond the basic plane."""
_SHOWN = 80
_CLOSE = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """A value that AWS would refuse."""

    path: str
    """Members of the request, ``ProductionVariants[0].InstanceType``; empty for the request."""
    rule: str
    value: object

    def __str__(self) -> str:
        """Return ``field must be rule, got value``."""
        text = repr(self.value)
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        return f"{self.path or 'the request'} {self.rule}, got {shown}"


def faults(shape: Shape | None, value: Any, path: str = "") -> Iterator[Fault]:
    """Find everything in ``value`` that breaks a rule of ``shape``."""
    if shape is None or isinstance(value, Unknown):
        return
    if isinstance(shape, StructureShape):
        yield from _structure(shape, value, path)
    elif isinstance(shape, ListShape):
        yield from _list(shape, value, path)
    elif isinstance(shape, MapShape):
        yield from _map(shape, value, path)
    else:
        yield from _scalar(shape, value, path)


def _structure(shape: StructureShape, value: Any, path: str) -> Iterator[Fault]:
    if getattr(shape, "is_document_type", False):
        return
    if not isinstance(value, Mapping):
        yield Fault(path=path, rule="must be a structure", value=value)
        return
    for name in shape.required_members:
        # botocore makes up a token of its own where none is given.
        if value.get(name) is None and not shape.members[name].metadata.get("idempotencyToken"):
            yield Fault(path=_join(path, name), rule="must be given", value=None)
    if getattr(shape, "is_tagged_union", False) and len(value) != 1:
        rule = f"must have exactly one of {sorted(shape.members)}"
        yield Fault(path=path, rule=rule, value=sorted(value))
    for name, item in value.items():
        if name not in shape.members:
            close = difflib.get_close_matches(name, shape.members, n=_CLOSE)
            yield Fault(path=_join(path, name), rule=f"is no member, close: {close}", value=item)
        elif item is not None:
            yield from faults(shape.members[name], item, _join(path, name))


def _list(shape: ListShape, value: Any, path: str) -> Iterator[Fault]:
    if not isinstance(value, list | tuple):
        yield Fault(path=path, rule="must be a list", value=value)
        return
    yield from _bounds(shape, len(value), value, path, "items")
    for index, item in enumerate(value):
        yield from faults(shape.member, item, f"{path}[{index}]")


def _map(shape: MapShape, value: Any, path: str) -> Iterator[Fault]:
    if not isinstance(value, Mapping):
        yield Fault(path=path, rule="must be a map", value=value)
        return
    yield from _bounds(shape, len(value), value, path, "entries")
    for key, item in value.items():
        yield from faults(shape.key, key, f"{path} (key)")
        yield from faults(shape.value, item, _join(path, str(key)))


def _scalar(shape: Shape, value: Any, path: str) -> Iterator[Fault]:
    wanted = _TYPES.get(shape.type_name)
    if wanted is None:  # timestamps, which botocore reads from several types
        return
    fits = isinstance(value, wanted) and not (isinstance(value, bool) and bool not in wanted)
    if not fits:
        yield Fault(path=path, rule=f"must be of type {shape.type_name}", value=value)
        return
    if shape.type_name == "boolean":
        return
    if isinstance(value, int | float):  # bounds of a number are its own, of a text its length
        yield from _bounds(shape, value, value, path, "")
        return
    yield from _bounds(shape, len(value), value, path, "characters")
    if isinstance(shape, StringShape) and shape.enum and value not in shape.enum:
        close = difflib.get_close_matches(str(value), shape.enum, n=_CLOSE)
        known = f"close: {close}" if close else f"such as {sorted(shape.enum)[:_CLOSE]}"
        yield Fault(path=path, rule=f"must be one of AWS's {len(shape.enum)}, {known}", value=value)
    if isinstance(value, str) and (pattern := shape.metadata.get("pattern")):
        compiled = _compiled(pattern)
        if compiled is not None and not compiled.fullmatch(value):
            yield Fault(path=path, rule=f"must match {pattern}", value=value)


def _bounds(shape: Shape, size: float, value: object, path: str, unit: str) -> Iterator[Fault]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    measured = f" {unit}" if unit else ""
    if low is not None and size < low:
        yield Fault(path=path, rule=f"must be at least {low}{measured}", value=value)
    if high is not None and size > high:
        yield Fault(path=path, rule=f"must be at most {high}{measured}", value=value)


@cache
def _compiled(pattern: str) -> regex.Pattern[str] | None:
    """Return the pattern, or ``None`` where AWS published one that no engine takes."""
    try:
        return regex.compile(pattern.replace(_ASTRAL, r"\U00010000-\U0010FFFF"))
    except regex.error:
        return None


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
