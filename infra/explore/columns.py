"""What is told of a column: built batch by batch over every row, in bounded memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from infra.explore.distinct import Distinct, hashed
from infra.explore.kinds import Kind, Parsed, parse
from pipelines.shared.drift.sketches import Numbers

MOST_CATEGORIES = 5_000
"""Different texts that are counted one by one; beyond, those of the sample are shown."""
SHOWN_CATEGORIES = 12
BINS = 24
FEW = 20
"""Up to so many different numbers a column is shown value by value."""
MOSTLY = 0.95
"""A column is of a kind where so many of its values are; else it is of mixed kinds."""
PERIODS = ((30 * 366, "Y"), (3 * 366, "M"), (90, "W"), (3, "D"), (0, "h"))
"""A time span of at least so many days is counted by years, months, weeks, days or hours."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar of a chart."""

    name: str
    count: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True)
class ColumnReport:
    """What is known of a column."""

    name: str
    kind: str
    """``integer``, ``number``, ``boolean``, ``time``, ``text``, ``mixed`` or ``empty``."""
    rows: int
    missing: int
    kinds: dict[str, int]
    """Values of each kind."""
    example: str
    """The first value that is nothing but text, where most are something else."""
    distinct: int
    distinct_is_exact: bool
    padded: int = 0
    numbers: dict[str, float] = field(default_factory=dict)
    """Least, greatest, mean, deviation, quartiles; outliers by Tukey's fences."""
    bars: tuple[Bar, ...] = ()
    """Histogram, or the most frequent values."""
    bars_rest: int = 0
    """Values that are in no bar."""
    bars_are_sampled: bool = False
    times: dict[str, str | int] = field(default_factory=dict)
    """First and last moment, the period counted by, and periods with no row."""

    @property
    def missing_share(self) -> float:
        """Share of rows without a value (0-1)."""
        return self.missing / self.rows if self.rows else 0.0

    @property
    def present(self) -> int:
        """Rows with a value."""
        return self.rows - self.missing

    @property
    def is_constant(self) -> bool:
        """All values are the same."""
        return self.present > 0 and self.distinct == 1

    @property
    def is_identifier(self) -> bool:
        """Every row has a value of its own, as far as is counted."""
        least = 0.999 if self.distinct_is_exact else 0.97
        return (
            self.present > FEW
            and self.kind in {"integer", "text"}
            and self.distinct / self.present >= least
        )

    @property
    def is_category(self) -> bool:
        """It has few different values."""
        return self.kind in {"text", "boolean"} or (self.kind == "integer" and self.distinct <= FEW)


class Column:
    """Takes in a column."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.rows = self.missing = self.padded = 0
        self.counts: dict[Kind, int] = {}
        self.example = ""
        self.numbers = Numbers()
        self.categories: dict[str, int] | None = {}
        self.days: dict[int, int] = {}
        self.hours: dict[int, int] = {}
        self.first: Any = None
        self.last: Any = None
        self.distinct = Distinct()

    def update(self, column: pa.Array) -> tuple[Parsed, Any]:
        """Take in a batch; return it as parsed, and the hashes of its rows."""
        parsed = parse(column)
        self.rows += parsed.rows
        self.missing += parsed.missing
        self.padded += parsed.padded
        self.example = self.example or parsed.text
        for kind, count in parsed.counts.items():
            self.counts[kind] = self.counts.get(kind, 0) + count
        if parsed.numbers.size:
            self.numbers.update(parsed.numbers)
        if parsed.times.size:
            self._take_times(parsed.times)
        if parsed.texts is not None:
            self._take_texts(parsed.texts)
        hashes = hashed(column)
        self.distinct.update(hashes[parsed.there])
        return parsed, hashes

    def _take_texts(self, texts: pa.Array) -> None:
        if self.categories is None:
            return
        counted = pc.value_counts(texts)
        names, counts = counted.field("values").to_pylist(), counted.field("counts").to_pylist()
        for name, count in zip(names, counts, strict=True):
            self.categories[name] = self.categories.get(name, 0) + count
        if len(self.categories) > MOST_CATEGORIES:
            self.categories = None

    def _take_times(self, times: Any) -> None:  # noqa: ANN401 - a numpy array
        low, high = times.min(), times.max()
        self.first = low if self.first is None else min(self.first, low)
        self.last = high if self.last is None else max(self.last, high)
        for unit, kept in (("D", self.days), ("h", self.hours)):
            periods, counts = np.unique(times.astype(f"datetime64[{unit}]"), return_counts=True)
            if unit == "h" and len(kept) > 24 * 7:
                continue
            for period, count in zip(periods.astype("int64").tolist(), counts, strict=True):
                kept[period] = kept.get(period, 0) + int(count)

    @property
    def overflown(self) -> bool:
        """There are more different texts than are counted one by one."""
        return self.categories is None

    def report(self, sampled: dict[str, int]) -> ColumnReport:
        """Return what is known; ``sampled`` counts the sample's texts, where there are many."""
        kind = self._kind()
        exact = self.distinct.exact
        facts: dict[str, Any] = {}
        if kind in {"integer", "number"}:
            facts = self._of_numbers(kind)
        elif kind == "time":
            facts = self._of_times()
        elif kind in {"boolean", "text", "mixed"}:
            facts = self._of_texts(sampled)
        return ColumnReport(
            name=self.name,
            kind=kind,
            rows=self.rows,
            missing=self.missing,
            kinds=dict(sorted(self.counts.items())),
            example=self.example if kind != "text" else "",
            distinct=self.distinct.values,
            distinct_is_exact=exact,
            padded=self.padded,
            **facts,
        )

    def _kind(self) -> str:
        present = self.rows - self.missing
        if not present:
            return "empty"
        counts = dict(self.counts)
        if "number" in counts:
            counts["number"] += counts.pop("integer", 0)
        kind, most = max(counts.items(), key=lambda item: item[1])
        return kind if most / present >= MOSTLY else "mixed"

    def _of_numbers(self, kind: str) -> dict[str, Any]:
        points, counts = self.numbers.values, self.numbers.counts
        low, quarter, middle, three, high = _quantiles(points, counts, (0, 0.25, 0.5, 0.75, 1))
        fence = 1.5 * (three - quarter)
        outside = (points < quarter - fence) | (points > three + fence)
        found = {
            "least": low,
            "first quartile": quarter,
            "median": middle,
            "third quartile": three,
            "greatest": high,
            "mean": self.numbers.mean,
            "standard deviation": self.numbers.deviation,
            "zeros": float(counts[points == 0].sum()),
            "negative": float(counts[points < 0].sum()),
            "outliers": float(counts[outside].sum()) if fence > 0 else 0.0,
        }
        if points.size <= FEW and self.numbers.rank_error == 0 and kind == "integer":
            bars = [
                Bar(name=f"{value:g}", count=int(count), low=float(value), high=float(value))
                for value, count in zip(points, counts, strict=True)
            ]
        else:
            whole = kind == "integer"
            heights, edges = np.histogram(points, _edges(low, high, whole=whole), weights=counts)
            # Between the edges of whole numbers, which lie halfway, are those from first to last.
            inside = 0.5 if whole else 0.0
            bars = [
                _bar(float(left) + inside, min(float(right) - inside, high), round(height))
                for left, right, height in zip(edges[:-1], edges[1:], heights, strict=True)
            ]
        return {"numbers": found, "bars": tuple(bars)}

    def _of_times(self) -> dict[str, Any]:
        days = (self.last - self.first) / np.timedelta64(1, "D")
        unit = next(unit for least, unit in PERIODS if days >= least)
        kept, of = (self.hours, "h") if unit == "h" else (self.days, "D")
        moments = np.array([*kept], f"datetime64[{of}]").astype(f"datetime64[{unit}]")
        counted: dict[Any, int] = {}
        for moment, count in zip(moments, kept.values(), strict=True):
            counted[moment] = counted.get(moment, 0) + count
        every: Any = np.arange(moments.min(), moments.max() + 1)
        bars = tuple(Bar(name=str(one), count=counted.get(one, 0)) for one in every)
        return {
            "bars": bars,
            "times": {
                "first": str(self.first.astype("datetime64[s]")),
                "last": str(self.last.astype("datetime64[s]")),
                "counted by": {"Y": "year", "M": "month", "W": "week", "D": "day", "h": "hour"}[
                    unit
                ],
                "empty periods": sum(one.count == 0 for one in bars),
            },
        }

    def _of_texts(self, sampled: dict[str, int]) -> dict[str, Any]:
        counted = self.categories
        if counted is None:
            counted = sampled
        elif not counted:
            names = {0.0: "false", 1.0: "true"}  # typed truths are numbers
            pairs = zip(self.numbers.values, self.numbers.counts, strict=True)
            counted = {names.get(value, f"{value:g}"): int(count) for value, count in pairs}
        ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
        shown = ordered[:SHOWN_CATEGORIES]
        return {
            "bars": tuple(Bar(name=name, count=count) for name, count in shown),
            "bars_rest": sum(count for _, count in ordered[SHOWN_CATEGORIES:]),
            "bars_are_sampled": self.categories is None,
        }


def _quantiles(points: Any, counts: Any, at: tuple[float, ...]) -> list[float]:  # noqa: ANN401 - numpy arrays
    share = np.cumsum(counts) / counts.sum()
    places = np.searchsorted(share, np.asarray(at) - 1e-12, side="left")
    return [float(points[min(place, points.size - 1)]) for place in places]


def _bar(low: float, high: float, count: int) -> Bar:
    name = f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"
    return Bar(name=name, count=count, low=low, high=high)


def _edges(low: float, high: float, *, whole: bool) -> Any:  # noqa: ANN401 - a numpy array
    if whole:
        # Each bar holds as many whole numbers as the others: 31 days in 24 would beat.
        step = int(high - low) // BINS + 1
        count = int(high - low) // step + 1
        edges = low - 0.5 + step * np.arange(count + 1, dtype=float)
        edges[-1] = max(edges[-1], high)  # a half is nothing beside numbers of 17 digits
        return edges
    if low == high:
        return np.array([low - 0.5, high + 0.5])
    return np.linspace(low, high, BINS + 1)
