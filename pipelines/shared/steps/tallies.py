"""What the rules count of a table: counts and first examples, which add up over its parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

EXAMPLES = 3


@dataclass(frozen=True)
class Examples:
    """How many rows, and the first of them by row number."""

    count: int = 0
    first: tuple[tuple[int, object], ...] = ()
    """Row number and value, in order, at most ``EXAMPLES``."""

    @classmethod
    def of(cls, values: pd.Series) -> Examples:
        """Return those of a column, whose index is the row's number."""
        head = values.head(EXAMPLES)
        return cls(len(values), tuple(zip(head.index.tolist(), head.tolist(), strict=True)))

    def __add__(self, other: Examples) -> Examples:
        first = sorted((*self.first, *other.first), key=lambda example: example[0])
        return Examples(self.count + other.count, tuple(first[:EXAMPLES]))

    def values(self) -> list[object]:
        """Return the examples without their row numbers."""
        return [value for _, value in self.first]


@dataclass(frozen=True)
class ColumnTally:
    """What was counted of a column."""

    present: int = 0
    wrong: Examples = field(default_factory=Examples)
    """Values that are not of the column's kind."""
    outside: Examples = field(default_factory=Examples)
    """Values out of the column's range."""

    def __add__(self, other: ColumnTally) -> ColumnTally:
        return ColumnTally(
            self.present + other.present, self.wrong + other.wrong, self.outside + other.outside
        )


@dataclass(frozen=True)
class Tally:
    """What was counted of a table."""

    rows: int
    missing: frozenset[str]
    """Columns that a part lacks."""
    columns: Mapping[str, ColumnTally]

    def __add__(self, other: Tally) -> Tally:
        names = {*self.columns, *other.columns}
        none = ColumnTally()
        return Tally(
            self.rows + other.rows,
            self.missing | other.missing,
            {name: self.columns.get(name, none) + other.columns.get(name, none) for name in names},
        )


@dataclass(frozen=True)
class RowsTally:
    """What was counted of rows that have a name and a time."""

    twice: Examples = field(default_factory=Examples)
    """Rows whose identifier occurred before."""
    other: Examples = field(default_factory=Examples)
    """Rows of another month."""

    def __add__(self, other: RowsTally) -> RowsTally:
        return RowsTally(self.twice + other.twice, self.other + other.other)
