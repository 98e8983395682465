"""Pandas tables as the elements of a Spark collection.

A table lies in parts on the workers. The index of a part numbers its rows within the whole table:
it puts in order again what a shuffle has parted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import pandas as pd

Collection = Any
"""A ``pyspark.RDD``: PySpark is installed on clusters only, and has no types for its elements."""
Key = Callable[[pd.DataFrame], "pd.Series[Any] | pd.DataFrame"]
Tables = tuple[pd.DataFrame | None, ...]


def together(sides: Sequence[Collection], key: Key, count: int) -> Collection:
    """Return a collection of :data:`Tables`: for the same keys a table of each side, or ``None``.

    Rows for which ``key`` gives the same value, a missing one too, come into the same element and
    keep their order. There are at most ``count`` elements, and none in which every table is
    ``None``.
    """
    context = sides[0].context
    cuts = [
        side.flatMap(lambda part, number=number: cut(part, number, key, count))
        for number, side in enumerate(sides)
    ]
    several = len(sides)
    return (
        context.union(cuts)
        .partitionBy(count, int)
        .mapPartitions(lambda parts: join((part for _, part in parts), several))
    )


def cut(
    part: pd.DataFrame, side: int, key: Key, count: int
) -> Iterator[tuple[int, tuple[int, pd.DataFrame]]]:
    """Split a part by its rows' keys: numbers below ``count``, and the rows with their side.

    The same key gets the same number in every process.
    """
    if part.empty:
        return
    numbers = pd.util.hash_pandas_object(key(part), index=False).to_numpy() % count
    groups: Any = part.groupby(numbers, sort=False)  # whose keys are any Hashable to the stubs
    for number, rows in groups:
        yield int(number), (side, rows)


def join(parts: Iterable[tuple[int, pd.DataFrame]], sides: int) -> Iterator[Tables]:
    """Put together what one number got, each side in the order of its rows' numbers."""
    found: list[list[pd.DataFrame]] = [[] for _ in range(sides)]
    for side, part in parts:
        found[side].append(part)
    if any(found):
        yield tuple(pd.concat(one).sort_index(kind="stable") if one else None for one in found)


def numbered(table: pd.DataFrame, of: pd.DataFrame) -> pd.DataFrame:
    """Number the rows of a table made of a part, row by row and in order, maybe without some."""
    start = int(of.index[0]) if len(of) else 0
    return table.set_axis(pd.RangeIndex(start, start + len(table)), axis="index")
