"""How many different values there are: exact while they are few, then estimated.

Adaptive sampling (Wegman; Flajolet, Computing 43, 1990): of the values' hashes those are kept
whose leading bits are zero, one bit more whenever there are too many. What is kept is a sample of
values, not of rows, so that occurrences of each are counted, too.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Hashes = Any
"""A numpy array of ``uint64``."""
BITS = 64


class Distinct:
    """Counts different values, and rows that repeat another, in bounded memory."""

    def __init__(self, most: int = 1 << 16) -> None:
        self.most = most
        """Hashes kept, 16 bytes each; the estimate's error is about 1.2 / sqrt(most)."""
        self.level = 0
        self._hashes: Hashes = np.empty(0, np.uint64)
        self._counts: Any = np.empty(0, np.int64)

    def update(self, hashes: Hashes) -> None:
        """Take in one hash for each row."""
        values, counts = np.unique(self._kept(hashes), return_counts=True)
        if not values.size:
            return
        together = np.concatenate((self._hashes, values))
        self._hashes, places = np.unique(together, return_inverse=True)
        self._counts = np.bincount(
            places, np.concatenate((self._counts, counts)), self._hashes.size
        ).astype(np.int64)
        while self._hashes.size > self.most:
            self.level += 1
            kept = self._hashes >> np.uint64(BITS - self.level) == 0
            self._hashes, self._counts = self._hashes[kept], self._counts[kept]

    @property
    def exact(self) -> bool:
        """Every value is counted; nothing is estimated."""
        return self.level == 0

    @property
    def values(self) -> int:
        """Different values."""
        return int(self._hashes.size) << self.level

    @property
    def repeated(self) -> int:
        """Rows whose value another row before them has."""
        return int(self._counts.sum() - self._hashes.size) << self.level

    def _kept(self, hashes: Hashes) -> Hashes:
        if not self.level:
            return hashes
        return hashes[hashes >> np.uint64(BITS - self.level) == 0]


def hashed(column: pa.Array) -> Hashes:
    """Return a hash for each row of a column; equal values have equal hashes."""
    if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
        values = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        return _mixed(pd.util.hash_array(values))
    coded = column if pa.types.is_dictionary(column.type) else pc.dictionary_encode(column)
    known = coded.dictionary.cast(pa.string()).to_numpy(zero_copy_only=False)
    each = _mixed(pd.util.hash_array(known.astype(object), categorize=False))
    none = np.array([0x9E3779B97F4A7C15], np.uint64)
    places = coded.indices.fill_null(len(known)).to_numpy(zero_copy_only=False)
    return np.concatenate((each, none))[places]


def combined(columns: list[Hashes]) -> Hashes:
    """Return a hash for each row of several columns."""
    found = np.zeros(len(columns[0]), np.uint64)
    for one in columns:
        found = _mixed(found * np.uint64(0x100000001B3) ^ one)
    return found


def _mixed(values: Hashes) -> Hashes:
    """Spread the bits: pandas hashes small numbers into few of the high ones."""
    values = (values ^ values >> np.uint64(33)) * np.uint64(0xFF51AFD7ED558CCD)
    values = (values ^ values >> np.uint64(33)) * np.uint64(0xC4CEB9FE1A85EC53)
    return values ^ values >> np.uint64(33)
