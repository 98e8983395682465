"""The labels that training sees: the newest word on a flight, and nothing from after the moment."""

from __future__ import annotations

import pandas as pd

from pipelines.flights.steps.training_extract import known_before, typed_labels

AS_OF = pd.Timestamp("2013-02-01")


def flights(*names: str) -> pd.DataFrame:
    days = pd.date_range("2013-01-01", periods=len(names), freq="D")[::-1]
    return pd.DataFrame(
        {"flight_id": names, "sched_dep": days, "late": 9, "seats": range(len(names))}
    )


def labels(*rows: tuple[str, str, str]) -> pd.DataFrame:
    return typed_labels(pd.DataFrame(rows, columns=["flight_id", "landed_at", "late"]))


def test_a_flight_that_landed_at_the_moment_or_after_it_is_not_known() -> None:
    known = known_before(
        flights("a", "b", "c"),
        labels(
            ("a", "2013-01-31T23:59:59", "1"),
            ("b", "2013-02-01T00:00:00", "1"),
            ("c", "2013-02-02T00:00:00", "0"),
        ),
        AS_OF,
    )
    assert known["flight_id"].tolist() == ["a"]


def test_the_label_is_that_of_the_ground_truth_and_its_last_word_counts() -> None:
    known = known_before(
        flights("a", "b"),
        labels(
            ("a", "2013-01-03T00:00:00", "0"),
            ("b", "2013-01-03T00:00:00", "0"),
            ("a", "2013-01-03T00:00:00", "1"),
        ),
        AS_OF,
    )
    assert dict(zip(known["flight_id"], known["late"], strict=True)) == {"a": 1, "b": 0}


def test_a_last_word_from_after_the_moment_takes_the_flight_out() -> None:
    told = labels(("a", "2013-01-03T00:00:00", "0"), ("a", "2013-03-01T00:00:00", "1"))
    assert known_before(flights("a"), told, AS_OF).empty


def test_of_a_flight_told_twice_the_first_row_counts_and_the_oldest_departure_comes_first() -> None:
    known = known_before(
        flights("a", "b", "a"),
        labels(("a", "2013-01-04T00:00:00", "0"), ("b", "2013-01-04T00:00:00", "0")),
        AS_OF,
    )
    assert known["flight_id"].tolist() == ["b", "a"]
    assert known["seats"].tolist() == [1, 0]
