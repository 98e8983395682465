"""A uniform sample of a table's rows, in bounded memory; the same rows for the same table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

MOST_ROWS = 100_000
SEED = 20260101
Columns = dict[str, tuple[Any, Any]]
"""By column: ``float64`` with NaN, and an arrow array of texts with ``""``, for missing."""


class Sample:
    """Keeps the rows whose random numbers are the smallest."""

    def __init__(self, columns: list[str], most: int = MOST_ROWS) -> None:
        self.most = most
        self.rows = 0
        self._columns = columns
        self._random = np.random.default_rng(SEED)
        self._limit = 1.0
        self._parts: list[tuple[Any, Any, Columns]] = []

    def update(self, rows: int, take: Callable[[Any], Columns]) -> None:
        """Take in a batch: ``take`` returns some of its rows, by their places."""
        drawn = self._random.random(rows)
        places = np.flatnonzero(drawn < self._limit)
        if places.size:
            self._parts.append((drawn[places], self.rows + places, take(places)))
        self.rows += rows
        if sum(one[0].size for one in self._parts) > 2 * self.most:
            self._shrink()

    def taken(self) -> Columns:
        """Return the sample by column, in the table's order."""
        self._shrink()
        if not self._parts:
            return dict.fromkeys(self._columns, (np.empty(0), pa.array([], pa.string())))
        _, order, columns = self._parts[0]
        return _rows(columns, np.argsort(order, kind="stable"))

    def _shrink(self) -> None:
        """Put the parts together and drop what is too many."""
        if not self._parts:
            return
        drawn = np.concatenate([one[0] for one in self._parts])
        order = np.concatenate([one[1] for one in self._parts])
        columns = {
            name: (
                np.concatenate([one[2][name][0] for one in self._parts]),
                pa.concat_arrays([one[2][name][1] for one in self._parts]),
            )
            for name in self._columns
        }
        if drawn.size > self.most:
            kept = np.argpartition(drawn, self.most)[: self.most]
            self._limit = float(drawn[kept].max())
            drawn, order, columns = drawn[kept], order[kept], _rows(columns, kept)
        self._parts = [(drawn, order, columns)]


def _rows(columns: Columns, places: Any) -> Columns:  # noqa: ANN401 - a numpy array
    return {
        name: (numbers[places], texts.take(pa.array(places)))
        for name, (numbers, texts) in columns.items()
    }
