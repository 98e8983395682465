"""Rules that raw data and data sets must keep; each violation names its rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipelines.flights import schema
from pipelines.flights.steps.tallies import ColumnTally, Examples, FlightsTally, Tally

TOLERANCE = 0.01
"""Share of a column's values that may be out of range: they are taken as missing."""


@dataclass(frozen=True)
class Violation:
    """A broken rule."""

    rule: str
    """``<table>.<rule>``, for example ``flights.columns_present``."""
    detail: str


@dataclass(frozen=True)
class Column:
    """What a column of a raw table must hold."""

    kind: str = "text"
    """``text``, ``number`` or ``time`` (ISO 8601)."""
    low: float = -np.inf
    high: float = np.inf


TABLES: Mapping[str, Mapping[str, Column]] = {
    "flights": {
        "flight_id": Column(),
        "carrier": Column(),
        "origin": Column(),
        "dest": Column(),
        "tailnum": Column(),
        "distance": Column("number", 1, 20_000),
        "sched_dep": Column("time"),
        "landed_at": Column("time"),
        "arr_delay": Column("number", -300, 3_000),
    },
    "weather": {
        "origin": Column(),
        **{name: Column("number", low, high) for name, (low, high) in schema.HOUR_RANGES.items()},
        **{
            name: Column("number", low, high) for name, (low, high) in schema.WEATHER_RANGES.items()
        },
    },
    "planes": {
        "tailnum": Column(),
        "year": Column("number", 1900, 2200),
        "seats": Column("number", 1, 1_000),
        "engines": Column("number", 1, 12),
    },
}


def check_table(name: str, table: pd.DataFrame | None) -> list[Violation]:
    """Check one raw table (every field text, missing ones NaN) against what it must hold."""
    return verdict(name, None if table is None else tally(name, table))


def verdict(name: str, counted: Tally | None) -> list[Violation]:
    """Return the rules that a table breaks, from what was counted of it or of its parts."""
    if counted is None:
        return [Violation(f"{name}.file_present", f"{name}.csv is not in the batch")]
    found = []
    if counted.missing:
        missing = ", ".join(sorted(counted.missing))
        found.append(Violation(f"{name}.columns_present", f"missing: {missing}"))
    if not counted.rows:
        return [*found, Violation(f"{name}.rows_present", "the table has no rows")]
    for column in TABLES[name]:
        if column not in counted.missing:
            found += _judge_column(name, column, counted.columns[column])
    return found


def _judge_column(table: str, name: str, counted: ColumnTally) -> list[Violation]:
    rule = TABLES[table][name]
    if not counted.present:
        return [Violation(f"{table}.not_all_null", f"every value of {name} is missing")]
    if wrong := counted.wrong.values():
        return [Violation(f"{table}.types", f"{name} must hold a {rule.kind}, got e.g. {wrong}")]
    if counted.outside.count / counted.present > TOLERANCE:
        return [
            Violation(
                f"{table}.in_range",
                f"{name} must be {rule.low:g} to {rule.high:g}: {counted.outside.count} of"
                f" {counted.present} are not, e.g. {counted.outside.values()}",
            )
        ]
    return []


def tally(name: str, table: pd.DataFrame) -> Tally:
    """Count what the verdict on a table needs of some of its rows; the index is the row's number.

    Tallies of parts add up to that of the whole, in any order.
    """
    columns = TABLES[name]
    present = [column for column in columns if column in table.columns]
    return Tally(
        rows=len(table),
        missing=frozenset(columns.keys() - set(table.columns)),
        columns={column: _tally_column(table[column], columns[column]) for column in present},
    )


def _tally_column(values: pd.Series, rule: Column) -> ColumnTally:
    present = values.dropna()
    if present.empty or rule.kind == "text":
        return ColumnTally(present=len(present))
    numbers = rule.kind == "number"
    parsed: pd.Series[Any] = (
        pd.to_numeric(present, errors="coerce").astype("float64")
        if numbers
        else pd.to_datetime(present, errors="coerce", format="ISO8601")
    )
    unread = parsed.isna()
    outside = ~unread & ~parsed.between(rule.low, rule.high) if numbers else unread & False
    return ColumnTally(
        present=len(present),
        wrong=Examples.of(present[unread]),
        outside=Examples.of(parsed[outside]),
    )


def check_flights(flights: pd.DataFrame, month: str) -> list[Violation]:
    """Check that flights are those of the month, each once."""
    return judge_flights(tally_flights(flights, month), month)


def tally_flights(flights: pd.DataFrame, month: str) -> FlightsTally:
    """Count the flights that occur again and those of other months.

    Parts add up where flights of one identifier are in one part.
    """
    twice = other = Examples()
    if "flight_id" in flights:
        twice = Examples.of(flights["flight_id"][flights["flight_id"].duplicated()])
    if "sched_dep" in flights:
        departures = flights["sched_dep"].dropna().astype(str)
        other = Examples.of(departures[~departures.str.startswith(month)])
    return FlightsTally(twice=twice, other=other)


def judge_flights(counted: FlightsTally, month: str) -> list[Violation]:
    """Return the rules that flights break, from what was counted of them."""
    found = []
    if counted.twice.count:
        found.append(
            Violation(
                "flights.flight_id_unique",
                f"{counted.twice.count} flights occur again, e.g. {counted.twice.values()}",
            )
        )
    if counted.other.count:
        found.append(
            Violation(
                "flights.in_month",
                f"{counted.other.count} flights are not of {month},"
                f" e.g. {counted.other.values()[0]}",
            )
        )
    return found


def check_new(month: str, sha256: str, ingested: Mapping[str, str]) -> list[Violation]:
    """Check that the same flights were not ingested before, as this month or as another."""
    return [
        Violation("batch.new", f"flights.csv of {month} equals that of {other}, ingested before")
        for other, known in ingested.items()
        if known == sha256
    ]


def check_dataset(rows: pd.DataFrame, features: list[str], least: int = 1_000) -> list[Violation]:
    """Check a training set: enough rows, both labels, each once, no feature all missing."""
    if missing := sorted({*features, "flight_id", "late"} - set(rows.columns)):
        return [Violation("dataset.columns_present", f"missing: {', '.join(missing)}")]
    found = []
    if len(rows) < least:
        found.append(
            Violation("dataset.rows_present", f"at least {least} rows needed, got {len(rows)}")
        )
    if len(rows) and (twice := int(rows["flight_id"].duplicated().sum())):
        found.append(Violation("dataset.flight_id_unique", f"{twice} flights occur again"))
    if not set(rows["late"].unique()) <= {0, 1}:
        found.append(Violation("dataset.labels", f"late must be 0 or 1, got {set(rows['late'])}"))
    elif rows["late"].nunique() < 2 and len(rows):  # noqa: PLR2004 - late and not late
        found.append(Violation("dataset.labels", f"every flight has late = {rows['late'].iloc[0]}"))
    empty = [name for name in features if len(rows) and rows[name].isna().all()]
    if empty:
        found.append(
            Violation("dataset.not_all_null", f"every value is missing: {', '.join(empty)}")
        )
    return found
