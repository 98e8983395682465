"""What is counted of a table's parts adds up to what is counted of the table."""

from __future__ import annotations

from functools import reduce
from itertools import pairwise
from operator import add

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.flights.steps.rules import FLIGHTS
from pipelines.shared.spark import frames

VALUES = st.sampled_from(["1", "-5", "2000", "99999", "far", "", None])
TIMES = st.sampled_from(["2013-03-01T05:00:00", "2013-04-01", "never", None])
ROWS = st.lists(st.tuples(st.sampled_from("abc"), VALUES, TIMES), min_size=1, max_size=20)


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, cuts=st.lists(st.integers(0, 20), max_size=3), turn=st.sampled_from([1, -1]))
def test_the_verdict_on_parts_is_that_on_the_whole(
    rows: list[tuple[str, str | None, str | None]], cuts: list[int], turn: int
) -> None:
    table = pd.DataFrame(rows, columns=["flight_id", "distance", "sched_dep"], dtype="object")
    ends = sorted({0, len(table), *(cut for cut in cuts if cut < len(table))})
    parts = [table.iloc[a:b] for a, b in pairwise(ends)]
    whole = reduce(add, (FLIGHTS.tally(part) for part in parts[::turn]))
    assert FLIGHTS.verdict(whole) == FLIGHTS.check(table)


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, count=st.integers(1, 5))
def test_flights_brought_together_are_judged_as_all_at_once(
    rows: list[tuple[str, str | None, str | None]], count: int
) -> None:
    table = pd.DataFrame(rows, columns=["flight_id", "distance", "sched_dep"], dtype="object")
    numbered = frames.cut(table, 0, lambda part: part["flight_id"], count)
    parts = [part for _, (_, part) in numbered]
    assert sum(map(len, parts)) == len(table)
    tallies = reduce(add, (FLIGHTS.tally_rows(part, "2013-03") for part in reversed(parts)))
    assert FLIGHTS.judge_rows(tallies, "2013-03") == FLIGHTS.check_rows(table, "2013-03")


def test_equal_keys_meet_and_keep_their_order_whatever_parts_they_came_in() -> None:
    table = pd.DataFrame({"key": ["a", None, "b", "a", None], "value": np.arange(5)})
    sent: dict[int, list[tuple[int, pd.DataFrame]]] = {}
    for part in (table.iloc[3:], table.iloc[:3]):
        for number, side in frames.cut(part, 0, lambda rows: rows["key"], 7):
            sent.setdefault(number, []).append(side)
    met = [table for parts in sent.values() for (table,) in frames.join(parts, 1)]
    found = [one["value"].tolist() for one in met if one is not None]
    assert all(values == sorted(values) for values in found)
    for pair in ({0, 3}, {1, 4}):
        assert sum(bool(pair & set(values)) for values in found) == 1


def test_rows_keep_their_numbers_when_some_are_left_out() -> None:
    before = pd.DataFrame({"a": [1, 2, 3]}, index=pd.RangeIndex(100, 103))
    after = frames.numbered(before[before["a"] > 1].reset_index(drop=True), before)
    assert after.index.tolist() == [100, 101]


def test_nothing_sent_is_no_table() -> None:
    assert list(frames.join([], 2)) == []
