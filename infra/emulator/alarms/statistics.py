"""Metric data by series, and the statistics of a period."""

from __future__ import annotations

import bisect
import math
import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

Key = tuple[str, str, frozenset[tuple[str, str]]]
"""Namespace, metric name, dimensions: CloudWatch tells series apart by all three."""
PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100)")
STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")


@dataclass(frozen=True, slots=True)
class Datum:
    """What one element of ``PutMetricData`` says of one moment."""

    timestamp: datetime
    unit: str
    count: float
    total: float
    low: float
    high: float
    values: tuple[float, ...]
    """Each value, ``Counts`` times; empty for statistic sets, of which no percentile can be had."""

    @classmethod
    def read(cls, element: Mapping[str, Any], *, now: datetime) -> Datum:
        """Take it from a request's element that moto found valid."""
        timestamp = as_utc(element.get("Timestamp")) or now
        unit = element.get("Unit") or "None"
        if sets := element.get("StatisticValues"):
            count, total = float(sets["SampleCount"]), float(sets["Sum"])
            low, high = float(sets["Minimum"]), float(sets["Maximum"])
            return cls(timestamp, unit, count, total, low, high, ())
        values = [float(value) for value in element.get("Values") or [element.get("Value", 0.0)]]
        counts = [float(count) for count in element.get("Counts") or [1.0] * len(values)]
        pairs = list(zip(values, counts, strict=True))
        return cls(
            timestamp,
            unit,
            sum(counts),
            sum(value * count for value, count in pairs),
            min(values),
            max(values),
            tuple(value for value, count in pairs for _ in range(int(count))),
        )


class Series:
    """All metric data of one region, ordered by time within a series."""

    def __init__(self) -> None:
        self._data: dict[Key, list[Datum]] = {}
        self._lock = threading.Lock()

    def add(self, key: Key, datum: Datum) -> None:
        """Insert by timestamp."""
        with self._lock:
            bisect.insort(self._data.setdefault(key, []), datum, key=lambda one: one.timestamp)

    def knows(self, key: Key) -> bool:
        """Say whether anything was ever put under this key."""
        with self._lock:
            return key in self._data

    def period(self, key: Key, start: datetime, seconds: int, unit: str | None) -> list[Datum]:
        """Return the data of ``[start, start + seconds)``, of one unit where one is given."""
        with self._lock:
            data = self._data.get(key, [])
            first = bisect.bisect_left(data, start, key=lambda one: one.timestamp)
            end = start + timedelta(seconds=seconds)
            last = bisect.bisect_left(data, end, key=lambda one: one.timestamp)
            return [one for one in data[first:last] if unit is None or one.unit == unit]


def key(namespace: str, name: str, dimensions: Iterable[Mapping[str, str]]) -> Key:
    """Return the series' key."""
    return namespace, name, frozenset((one["Name"], one["Value"]) for one in dimensions)


def as_utc(moment: datetime | None) -> datetime | None:
    """Return an aware time; moto's naive ones are UTC."""
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def floor(moment: datetime, seconds: int) -> datetime:
    """Return the start of the period that holds the moment; periods count from 1970."""
    return datetime.fromtimestamp(moment.timestamp() // seconds * seconds, UTC)


def known(statistic: str) -> bool:
    """Say whether ``compute`` can compute it."""
    return statistic in STATISTICS or PERCENTILE.fullmatch(statistic) is not None


def compute(  # noqa: PLR0911 - a case each
    statistic: str, data: Sequence[Datum]
) -> float | None:
    """Return a statistic of a period's data, ``None`` where there is none."""
    if not data:
        return None
    count, total = sum(one.count for one in data), sum(one.total for one in data)
    match statistic:
        case "SampleCount":
            return count
        case "Sum":
            return total
        case "Average":
            return total / count if count else None
        case "Minimum":
            return min(one.low for one in data)
        case "Maximum":
            return max(one.high for one in data)
        case _:
            return _percentile(float(statistic[1:]), [v for one in data for v in one.values])


def _percentile(percent: float, values: list[float]) -> float | None:
    """Return the percentile with linear interpolation between the closest ranks."""
    if not values:
        return None
    ordered = sorted(values)
    position = percent / 100 * (len(ordered) - 1)
    below, above = math.floor(position), math.ceil(position)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)
