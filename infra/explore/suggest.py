"""Declarations of columns that data suggests: what a use case's schema begins with."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from infra.explore.columns import FEW, ColumnReport

LEAST_MISSING = 0.02
"""So many values may always be missing where some are."""


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A column as ``pipelines.shared.tabular`` declares it."""

    name: str
    kind: str
    """``number``, ``category``, ``time`` or ``identifier``."""
    low: float | None = None
    high: float | None = None
    values: tuple[str, ...] = ()
    missing: float = 0.0
    """Share of the values that may be missing (0-1)."""

    def __str__(self) -> str:
        parts = [f'"{self.kind}"']
        if self.low is not None and self.high is not None:
            parts += [f"low={self.low:g}", f"high={self.high:g}"]
        if self.values:
            quoted = ", ".join(_quoted(one) for one in self.values)
            parts.append(f"values=({quoted}{',' if len(self.values) == 1 else ''})")
        if self.missing:
            parts.append(f"missing={self.missing:g}")
        return f"Column({', '.join(parts)})"


def declared(column: ColumnReport) -> Declared:
    """Return what a column may hold, a little wider than what it was seen to hold."""
    missing = 0.0
    if column.missing:
        missing = min(1.0, max(LEAST_MISSING, math.ceil(200 * column.missing_share) / 100))
    if column.is_identifier:
        return Declared(name=column.name, kind="identifier")
    if column.kind in {"integer", "number"} and not column.padded:
        low, high = column.numbers["least"], column.numbers["greatest"]
        if column.kind == "number" or column.distinct > FEW:
            low, high = _around(low, high)
        return Declared(name=column.name, kind="number", low=low, high=high, missing=missing)
    if column.kind == "time":
        return Declared(name=column.name, kind="time", missing=missing)
    few = column.distinct <= FEW and not column.bars_rest and column.kind != "integer"
    values = tuple(sorted(one.name for one in column.bars)) if few else ()
    return Declared(name=column.name, kind="category", values=values, missing=missing)


def rule_of(column: ColumnReport) -> str:
    """Return a column's suggested declaration as it stands in a schema."""
    return f"{_quoted(column.name)}: {declared(column)}"


def schema_of(columns: Iterable[ColumnReport]) -> str:
    """Return all declarations, as the value of ``COLUMNS`` in a schema."""
    lines = (f"    {rule_of(one)},\n" for one in columns if one.kind != "empty")
    return "{\n" + "".join(lines) + "}"


def _around(low: float, high: float) -> tuple[float, float]:
    """Return round numbers around a range: a fifth of it beyond each end, never across zero."""
    room = (high - low) / 5 or abs(high) / 5 or 1.0
    unit = 10 ** math.floor(math.log10(room))
    down, up = (math.floor((low - room) / unit) * unit, math.ceil((high + room) / unit) * unit)
    if low >= 0 > down:
        down = 0.0
    if high <= 0 < up:
        up = 0.0
    return round(down, 12), round(up, 12)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
