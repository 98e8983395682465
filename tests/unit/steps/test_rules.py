from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipelines.flights import schema
from pipelines.flights.steps.rules import FLIGHTS, TABLES
from pipelines.flights.steps.task import TASK
from pipelines.shared.steps import rules

Break = Callable[[pd.DataFrame], pd.DataFrame]


def flights(rows: int = 200) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "flight_id": [f"f{i}" for i in range(rows)],
            "carrier": "UA",
            "origin": "JFK",
            "dest": "LAX",
            "tailnum": "N1",
            "distance": "2475",
            "sched_dep": "2013-03-01T05:00:00",
            "landed_at": "2013-03-01T11:00:00",
            "arr_delay": "3",
        }
    )


def without(column: str) -> Break:
    return lambda table: table.drop(columns=column)


def with_values(column: str, value: Any, share: float = 1.0) -> Break:
    def change(table: pd.DataFrame) -> pd.DataFrame:
        table.loc[: round(len(table) * share) - 1, column] = value
        return table

    return change


def names(violations: list[rules.Violation]) -> list[str]:
    return [one.rule for one in violations]


def test_sound_flights_break_no_rule() -> None:
    table = flights()
    found = FLIGHTS.check(table) + FLIGHTS.check_rows(table, "2013-03")
    assert found == []


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (without("arr_delay"), "flights.columns_present"),
        (lambda table: table.iloc[:0], "flights.rows_present"),
        (with_values("carrier", None), "flights.not_all_null"),
        (with_values("distance", "far", 0.01), "flights.types"),
        (with_values("sched_dep", "yesterday", 0.01), "flights.types"),
        (with_values("distance", "-5", 0.02), "flights.in_range"),
    ],
)
def test_a_broken_table_breaks_its_own_rule_and_no_other(change: Break, rule: str) -> None:
    assert names(FLIGHTS.check(change(flights()))) == [rule]


def test_few_values_out_of_range_are_tolerated() -> None:
    assert FLIGHTS.check(with_values("distance", "-5", 0.005)(flights())) == []


def test_a_missing_file_is_a_violation() -> None:
    assert names(TABLES["weather"].check(None)) == ["weather.file_present"]


def test_a_flight_that_occurs_twice_is_a_violation() -> None:
    table = pd.concat([flights(), flights(1)])
    assert names(FLIGHTS.check_rows(table, "2013-03")) == ["flights.flight_id_unique"]


def test_flights_of_another_month_are_a_violation() -> None:
    assert names(FLIGHTS.check_rows(flights(), "2013-04")) == ["flights.in_month"]


def test_a_batch_ingested_before_is_a_violation_under_any_month() -> None:
    known = {"2013-01": "aa", "2013-02": "bb"}
    assert names(rules.check_new("flights.csv", "2013-03", "aa", known)) == ["batch.new"]
    assert names(rules.check_new("flights.csv", "2013-02", "bb", known)) == ["batch.new"]
    assert rules.check_new("flights.csv", "2013-03", "cc", known) == []


def dataset(rows: int = 1_000) -> pd.DataFrame:
    table = pd.DataFrame({name: np.arange(float(rows)) for name in schema.MODEL_FEATURES})
    table["flight_id"] = [f"f{i}" for i in range(rows)]
    table["late"] = np.arange(rows) % 2
    return table


def test_a_sound_training_set_breaks_no_rule() -> None:
    assert rules.check_dataset(dataset(), TASK) == []


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (without("temp"), "dataset.columns_present"),
        (lambda table: table.iloc[:500], "dataset.rows_present"),
        (with_values("flight_id", "f1", 0.01), "dataset.flight_id_unique"),
        (with_values("late", 0), "dataset.labels"),
        (with_values("late", 3), "dataset.labels"),
        (with_values("temp", np.nan), "dataset.not_all_null"),
    ],
)
def test_a_broken_training_set_breaks_its_own_rule(change: Break, rule: str) -> None:
    found = rules.check_dataset(change(dataset()), TASK)
    assert names(found) == [rule]
