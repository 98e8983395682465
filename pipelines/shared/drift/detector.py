"""Drift between a baseline and current data: PSI, Kolmogorov-Smirnov, Jensen-Shannon, Wasserstein.

The baseline is kept as statistics, not as rows: for each numeric feature its distinct values and
how often each occurred, up to ``POINTS`` of them; beyond that, neighbours are merged into points of
about equal weight. Against such a baseline all four statistics follow from one sort of the current
data and some thousand look-ups in it. They are exact for the baseline as kept; merging moves the
baseline's distribution function by at most ``rank_error``.

PSI and Jensen-Shannon use Sturges' bins over both sides together, or the values themselves where
the baseline has few; an empty bin counts 1e-4 in PSI (a millionth of the smallest share where that
is smaller still), and Wasserstein is in standard deviations of the baseline: as
evidentlyai/evidently counts them, so that figures can be compared. Needs numpy (scipy for the
p-value alone) and runs unchanged inside SageMaker's own images, where the modules of a step lie
side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

if __package__:
    from pipelines.shared.drift.sketches import FEW_VALUES, Array, Baseline, Categories, Numbers
else:  # beside a step's script, in a container
    from sketches import (  # type: ignore[import-not-found,no-redef]
        FEW_VALUES,
        Array,
        Baseline,
        Categories,
        Numbers,
    )

__all__ = ["Baseline", "Statistic", "compare"]


@dataclass(frozen=True)
class Statistic:
    """How far one feature has moved; ``ks`` and ``wasserstein`` are ``None`` for categories."""

    feature: str
    rows: int
    """Current rows, missing ones included."""
    psi: float | None
    """``None`` where one side has no value at all."""
    jensen_shannon: float | None
    """Distance (the root of the divergence, natural logarithm), 0 to 0.833."""
    ks: float | None
    """Largest distance between the two distribution functions, 0 to 1."""
    wasserstein: float | None
    """In standard deviations of the baseline."""
    missing_rate: float
    baseline_missing_rate: float
    effective_rows: float
    """Rows of a single sample as telling as the two: n * m / (n + m), missing ones not counted."""

    def ks_p_value(self) -> float | None:
        """Return the two-sided p-value of ``ks``; it can take half a second."""
        if self.ks is None:
            return None
        from scipy.stats import kstwo  # noqa: PLC0415 - slow to import

        return float(kstwo.sf(self.ks, round(self.effective_rows)))


def compare(baseline: Baseline, current: Any) -> list[Statistic]:
    """Compare current data (columns of arrays, or a streamed :class:`Baseline`) with the baseline.

    Raises:
        ValueError: the current data lacks a feature of the baseline, or has it as another kind.
    """
    columns = current.features if isinstance(current, Baseline) else current
    if missing := sorted(baseline.features.keys() - columns.keys()):
        raise ValueError(f"current data lacks features of the baseline: {missing}")
    room = _Room()
    return [_one(name, known, columns[name], room) for name, known in baseline.features.items()]


def _one(name: str, known: Any, data: Any, room: _Room) -> Statistic:
    psi = distance = ks = moved = None
    if isinstance(known, Categories):
        seen = data if isinstance(data, Categories) else Categories().update(data)
        rows, missing = seen.rows, seen.missing
        if rows and known.rows:
            psi, distance = _binned(*_shares(known.counts, seen.counts))
    else:
        sample = _Sample(name, data, room)
        rows, missing = sample.rows, sample.missing
        if rows and known.rows:
            psi, distance = _binned(*_bins(known, sample))
            ks, moved = _distances(known, sample)
    return Statistic(
        feature=name,
        rows=int(rows + missing),
        psi=psi,
        jensen_shannon=distance,
        ks=ks,
        wasserstein=moved,
        missing_rate=missing / max(rows + missing, 1),
        baseline_missing_rate=known.missing / max(known.rows + known.missing, 1),
        effective_rows=known.rows * rows / max(known.rows + rows, 1),
    )


class _Room:
    """Memory to sort in, kept for all features: touching fresh pages costs as much as sorting."""

    def __init__(self) -> None:
        self._buffer = np.empty(0)

    def ordered(self, data: Array) -> Array:
        """Return the data in ascending order, missing values last, until the next call."""
        if self._buffer.size <= data.size:
            self._buffer = np.empty(data.size + 1)
        ordered = self._buffer[: data.size]
        np.copyto(ordered, data)
        ordered.sort()
        return ordered

    def closed(self, size: int) -> Array:
        """Return the first values with a zero behind them, over whatever stood there."""
        self._buffer[size] = 0.0
        return self._buffer[: size + 1]


class _Sample:
    """Current values in order, each a row or (streamed) a point with a weight."""

    def __init__(self, name: str, data: Any, room: _Room) -> None:
        data = data if isinstance(data, (Numbers, Categories)) else np.asarray(data)
        if isinstance(data, Categories) or (
            not isinstance(data, Numbers) and data.dtype.kind not in "iufb"
        ):
            raise ValueError(f"{name} must be numeric as in the baseline, got categories")
        if isinstance(data, Numbers):
            self.values, self.missing, self.integral = data.values, data.missing, data.integral
            self.masses = np.append(data.values * data.counts, 0.0)
            self.below: Array = np.concatenate(([0.0], np.cumsum(data.counts)))
            self.rows = data.rows
            return
        self.integral = data.dtype.kind in "iu"
        ordered = room.ordered(data)
        size = int(np.searchsorted(ordered, np.nan))
        self.missing, self.rows = ordered.size - size, float(size)
        self.values, self.masses = ordered[:size], room.closed(size)
        self.below = None

    def rank(self, position: Array) -> Array:
        """Share of the rows before each position."""
        before = position if self.below is None else self.below[position]
        return before / self.rows

    def reaching(self, share: Array) -> Array:
        """First position before which at least that share lies."""
        if self.below is None:
            return np.ceil(share * self.rows - 1e-9).astype(np.int64)
        return np.searchsorted(self.below, share * self.rows - 1e-9)

    def between(self, *bounds: Array) -> list[Array]:
        """Sums of the values from each bound to the next, divided by the rows.

        The bounds are arrays of one length; those of one index lie before those of the next.
        """
        parts = np.add.reduceat(self.masses, np.column_stack(bounds).ravel()) / self.rows
        sums = [parts[index :: len(bounds)] for index in range(len(bounds) - 1)]
        for total, start, end in zip(sums, bounds, bounds[1:]):
            total[start >= end] = 0.0  # reduceat gives the value at the start for an empty part
        return sums


def _distances(known: Numbers, sample: _Sample) -> tuple[float, float]:
    """Kolmogorov-Smirnov and Wasserstein, exactly, between steps of the baseline.

    Between two neighbouring points of the baseline its distribution function stands still at c
    while that of the sample only rises: the largest gap is at an end, and the area between the two
    splits where the sample passes c.
    """
    points, level = known.values, np.cumsum(known.counts) / known.rows
    left = np.searchsorted(sample.values, points, side="left")
    right = left.copy()
    equal = np.flatnonzero(sample.values[np.minimum(left, sample.values.size - 1)] == points)
    right[equal] = np.searchsorted(sample.values, points[equal], side="right")
    at_left, at_right = sample.rank(left), sample.rank(right)
    below = np.concatenate(([0.0], level[:-1]))
    ks = max(np.abs(at_right - level).max(), np.abs(at_left - below).max())

    start, end, c = points[:-1], points[1:], level[:-1]
    first, last = right[:-1], left[1:]
    rank_first, rank_last = at_right[:-1], at_left[1:]
    # Where no value of the sample lies between two points, its function stands still there too.
    still = last == first
    moved = (np.abs(rank_first - c) * (end - start))[still].sum()
    moved += (sample.masses[: left[0]].sum() / -sample.rows) + at_left[0] * points[0]
    moved += sample.masses[right[-1] :].sum() / sample.rows - (1 - at_right[-1]) * points[-1]
    if not still.all():
        inner = np.flatnonzero(~still)
        start, end, c, first, last = start[inner], end[inner], c[inner], first[inner], last[inner]
        split = np.clip(sample.reaching(c), first, last)
        crossing = np.where(split > first, sample.values[np.maximum(split - 1, 0)], start)
        crossing = np.where((split == last) & (rank_last[inner] < c), end, crossing)
        before, behind = sample.between(first, split, last)
        rank_split = sample.rank(split)
        # The area under a distribution function, a to b: F(b) b - F(a) a, less the values between.
        under = rank_split * crossing - rank_first[inner] * start - before
        over = rank_last[inner] * end - rank_split * crossing - behind
        moved += np.abs(c * (crossing - start) - under).sum()
        moved += np.abs(over - c * (end - crossing)).sum()
    return float(ks), float(moved / max(known.deviation, 0.001))


def _bins(known: Numbers, sample: _Sample) -> tuple[Array, Array]:
    """Shares of both sides in the same bins."""
    if known.values.size <= FEW_VALUES:
        starts = _distinct(sample)
        ends = (
            np.searchsorted(sample.values, sample.values[starts], side="right")
            if starts.size
            else starts
        )
        counted = zip(
            sample.values[starts].tolist(), (sample.rank(ends) - sample.rank(starts)).tolist()
        )
        return _shares(dict(zip(known.values.tolist(), known.counts.tolist())), dict(counted))
    low = min(known.values[0], sample.values[0])
    high = max(known.values[-1], sample.values[-1])
    width = (high - low) / (np.log2(known.rows + sample.rows) + 1.0)
    if known.integral and sample.integral:
        width = max(width, 1.0)  # as numpy does for whole numbers
    edges = np.linspace(low, high, int(np.ceil((high - low) / width)) + 1)
    below = np.concatenate(([0.0], np.cumsum(known.counts) / known.rows))
    return (
        np.diff(below[_positions(known.values, edges)]),
        np.diff(sample.rank(_positions(sample.values, edges))),
    )


def _distinct(sample: _Sample) -> Array:
    """Positions at which a new value begins, found in steps: few values, many rows."""
    starts: list[int] = []
    position = 0
    while position < sample.values.size and len(starts) <= FEW_VALUES * FEW_VALUES:
        starts.append(position)
        position = int(np.searchsorted(sample.values, sample.values[position], side="right"))
    if position < sample.values.size:
        rest = sample.values[position:]
        fresh = np.flatnonzero(np.concatenate(([True], rest[1:] != rest[:-1]))) + position
        return np.concatenate((np.asarray(starts, dtype=np.int64), fresh))
    return np.asarray(starts, dtype=np.int64)


def _positions(values: Array, edges: Array) -> Array:
    """Where each bin begins: the left edge belongs to it, the last bin holds its right edge too."""
    positions: Array = np.searchsorted(values, edges, side="left")
    positions[-1] = np.searchsorted(values, edges[-1], side="right")
    return positions


def _shares(known: Mapping[Any, float], seen: Mapping[Any, float]) -> tuple[Array, Array]:
    keys = list(dict.fromkeys([*known, *seen]))

    def share(counts: Mapping[Any, float]) -> Array:
        return np.array([counts.get(key, 0.0) for key in keys]) / sum(counts.values())

    return share(known), share(seen)


def _binned(known: Array, seen: Array) -> tuple[float, float]:
    """PSI and the Jensen-Shannon distance of two lists of shares."""
    middle = (known + seen) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = [np.where(side > 0, side * np.log(side / middle), 0.0) for side in (known, seen)]
    distance = float(np.sqrt(max(float(sum(term.sum() for term in terms)) / 2, 0.0)))
    known, seen = _filled(known), _filled(seen)
    return float(((known - seen) * np.log(known / seen)).sum()), distance


def _filled(shares: Array) -> Array:
    least = shares[shares > 0].min()
    return np.where(shares > 0, shares, least / 1e6 if least <= 1e-4 else 1e-4)  # noqa: PLR2004
