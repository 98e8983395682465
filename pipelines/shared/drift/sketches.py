"""The statistics a baseline consists of: bounded in memory, built chunk by chunk, plain JSON."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

Array = Any
"""A one-dimensional numpy array: floats with NaN, or objects with None or "", for missing."""

FEW_VALUES = 20
"""Up to so many distinct values a feature is compared value by value, beyond it in bins."""
POINTS = 16_384


class Numbers:
    """Distinct values of a numeric feature with their counts, in bounded memory."""

    def __init__(self, points: int = POINTS) -> None:
        if points < 2 * FEW_VALUES:
            raise ValueError(f"points must be at least {2 * FEW_VALUES}, got {points}")
        self.points = points
        self.values = np.empty(0)
        self.counts = np.empty(0)
        self.missing = 0
        self.integral = True
        self.mean = 0.0
        self.squares = 0.0  # sum of squared deviations from the mean
        self.rank_error = 0.0

    @property
    def rows(self) -> float:
        """Number of values, missing ones not counted."""
        return float(self.counts.sum())

    @property
    def deviation(self) -> float:
        """Standard deviation (population)."""
        return float(np.sqrt(self.squares / self.rows)) if self.counts.size else 0.0

    def update(self, data: Array) -> Numbers:
        """Take in more rows and return self."""
        data = np.asarray(data)
        self.integral = self.integral and data.dtype.kind in "iu"
        ordered = np.sort(data.astype(np.float64))
        size = int(np.searchsorted(ordered, np.nan))
        self.missing += ordered.size - size
        ordered = ordered[:size]
        if not size:
            return self
        before, delta = self.rows, float(ordered.mean()) - self.mean
        self.squares += float(((ordered - ordered.mean()) ** 2).sum())
        self.squares += delta**2 * before * size / (before + size)
        self.mean += delta * size / (before + size)
        starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
        counts = np.diff(np.append(starts, size)).astype(np.float64)
        self._merge(ordered[starts], counts)
        return self

    def _merge(self, values: Array, counts: Array) -> None:
        if self.values.size:
            values = np.concatenate((self.values, values))
            counts = np.concatenate((self.counts, counts))
            order = np.argsort(values, kind="stable")
            values, counts = values[order], counts[order]
            starts = np.flatnonzero(np.concatenate(([True], values[1:] != values[:-1])))
            values, counts = values[starts], np.add.reduceat(counts, starts)
        if values.size > self.points:
            values, counts = self._thin(values, counts)
        self.values, self.counts = values, counts

    def _thin(self, values: Array, counts: Array) -> tuple[Array, Array]:
        """Merge neighbours into points of about equal weight; both ends stay as they are."""
        total = counts.sum()
        slot = np.floor((np.cumsum(counts) - counts / 2) / total * (self.points // 4 - 2))
        slot[0], slot[-1] = -1, self.points
        starts = np.flatnonzero(np.concatenate(([True], slot[1:] != slot[:-1])))
        merged = np.add.reduceat(counts, starts)
        centres = np.add.reduceat(values * counts, starts) / merged
        sizes = np.diff(np.append(starts, values.size))
        self.rank_error += float(merged[sizes > 1].max(initial=0.0) / total)
        return centres, merged

    def to_json(self) -> dict[str, Any]:
        """Return plain values: a readable summary and the packed points."""
        share = np.cumsum(self.counts) / self.rows if self.counts.size else self.counts
        deciles = np.searchsorted(share, np.linspace(0, 1, 11)[:-1], side="left")
        return {
            "kind": "numeric",
            "rows": int(self.rows),
            "missing": self.missing,
            "mean": self.mean,
            "standard_deviation": self.deviation,
            "deciles": [*self.values[deciles].tolist(), *self.values[-1:].tolist()]
            if self.values.size
            else [],
            "rank_error": self.rank_error,
            "integral": self.integral,
            "values": _pack(self.values),
            "counts": _pack(self.counts),
        }

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Numbers:
        """Restore what :meth:`to_json` gave."""
        numbers = cls()
        numbers.values, numbers.counts = _unpack(saved["values"]), _unpack(saved["counts"])
        numbers.points = max(numbers.points, numbers.values.size)
        numbers.missing, numbers.integral = saved["missing"], saved["integral"]
        numbers.mean, numbers.rank_error = saved["mean"], saved["rank_error"]
        numbers.squares = saved["standard_deviation"] ** 2 * saved["rows"]
        return numbers


class Categories:
    """How often each category of a feature occurred."""

    def __init__(self) -> None:
        self.counts: dict[str, float] = {}
        self.missing = 0

    @property
    def rows(self) -> float:
        """Number of values, missing ones not counted."""
        return float(sum(self.counts.values()))

    def update(self, data: Array) -> Categories:
        """Take in more rows and return self."""
        seen: dict[Any, int] = {}
        for value in np.asarray(data, dtype=object).tolist():
            seen[value] = seen.get(value, 0) + 1
        for value, count in seen.items():
            if value is None or value == "" or value != value:  # noqa: PLR0124 - only NaN differs from itself
                self.missing += count
            else:
                self.counts[str(value)] = self.counts.get(str(value), 0.0) + count
        return self

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {"kind": "categorical", "missing": self.missing, "counts": self.counts}

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Categories:
        """Restore what :meth:`to_json` gave."""
        categories = cls()
        categories.counts, categories.missing = dict(saved["counts"]), saved["missing"]
        return categories


class Baseline:
    """The statistics of every feature; also what holds streamed current data in bounded memory."""

    def __init__(self, features: Mapping[str, Any], *, points: int = POINTS) -> None:
        self.features = dict(features)
        self._points = points

    @classmethod
    def build(cls, columns: Mapping[str, Array], *, points: int = POINTS) -> Baseline:
        """Summarise columns of one length: numeric arrays as numbers, others as categories."""
        return cls({}, points=points).update(columns)

    def update(self, columns: Mapping[str, Array]) -> Baseline:
        """Take in more rows and return self.

        Raises:
            ValueError: a feature seen before is missing, or a new one turns up.
        """
        if self.features and self.features.keys() != columns.keys():
            odd = sorted(self.features.keys() ^ columns.keys())
            raise ValueError(f"columns must stay the same from chunk to chunk, differing: {odd}")
        for name, data in columns.items():
            if name not in self.features:
                numeric = np.asarray(data).dtype.kind in "iufb"
                self.features[name] = Numbers(self._points) if numeric else Categories()
            self.features[name].update(data)
        return self

    def to_json(self) -> dict[str, Any]:
        """Return the baseline as plain values."""
        features = {name: feature.to_json() for name, feature in self.features.items()}
        return {"version": 1, "features": features}

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Baseline:
        """Restore a baseline.

        Raises:
            ValueError: ``version`` is not 1.
        """
        if saved.get("version") != 1:
            raise ValueError(f"baseline version must be 1, got {saved.get('version')!r}")
        kinds: dict[str, Any] = {"numeric": Numbers, "categorical": Categories}
        return cls(
            {name: kinds[one["kind"]].from_json(one) for name, one in saved["features"].items()}
        )


def _pack(values: Array) -> str:
    return base64.b64encode(zlib.compress(np.asarray(values, "<f8").tobytes(), 6)).decode()


def _unpack(packed: str) -> Array:
    return np.frombuffer(zlib.decompress(base64.b64decode(packed)), "<f8")
