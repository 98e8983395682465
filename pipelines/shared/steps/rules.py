"""Rules that raw data and data sets must keep; each violation names its rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipelines.shared.steps.tallies import ColumnTally, Examples, RowsTally, Tally
from pipelines.shared.steps.task import Task

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
    values: tuple[str, ...] = ()
    """All that a text may be; empty allows any."""
    missing: float = 1.0
    """Share of the rows that may have no value (0-1)."""


@dataclass(frozen=True)
class Table:
    """What a raw table must hold."""

    name: str
    """Begins the names of its rules; its file is ``<name>.csv``."""
    columns: Mapping[str, Column]
    identifier: str = ""
    """Column that names a row; each of its values is there once. Empty: rows have no name."""
    time: str = ""
    """Column whose values begin with the batch's month. Empty: rows have no time."""

    def check(self, table: pd.DataFrame | None) -> list[Violation]:
        """Check the table (every field text, missing ones NaN) against what it must hold."""
        return self.verdict(None if table is None else self.tally(table))

    def verdict(self, counted: Tally | None) -> list[Violation]:
        """Return the rules that the table breaks, from what was counted of it or of its parts."""
        name = self.name
        if counted is None:
            return [Violation(f"{name}.file_present", f"{name}.csv is not in the batch")]
        found = []
        if counted.missing:
            missing = ", ".join(sorted(counted.missing))
            found.append(Violation(f"{name}.columns_present", f"missing: {missing}"))
        if not counted.rows:
            return [*found, Violation(f"{name}.rows_present", "the table has no rows")]
        for column, rule in self.columns.items():
            if column not in counted.missing:
                found += _judge_column(name, column, rule, counted.columns[column], counted.rows)
        return found

    def tally(self, table: pd.DataFrame) -> Tally:
        """Count what the verdict needs of some rows; the index is the row's number.

        Tallies of parts add up to that of the whole, in any order.
        """
        present = [column for column in self.columns if column in table.columns]
        return Tally(
            rows=len(table),
            missing=frozenset(self.columns.keys() - set(table.columns)),
            columns={
                column: _tally_column(table[column], self.columns[column]) for column in present
            },
        )

    def number(self, name: str, raw: pd.Series) -> pd.Series:
        """Return a column's numbers; what is out of its range is missing."""
        rule = self.columns[name]
        values = pd.to_numeric(raw).astype("float64")
        return values.where(values.between(rule.low, rule.high))

    def check_rows(self, rows: pd.DataFrame, month: str) -> list[Violation]:
        """Check that rows are those of the month, each once."""
        return self.judge_rows(self.tally_rows(rows, month), month)

    def tally_rows(self, rows: pd.DataFrame, month: str) -> RowsTally:
        """Count the rows that occur again and those of other months.

        Parts add up where rows of one identifier are in one part.
        """
        twice = other = Examples()
        if self.identifier in rows:
            twice = Examples.of(rows[self.identifier][rows[self.identifier].duplicated()])
        if self.time in rows:
            times = rows[self.time].dropna().astype(str)
            other = Examples.of(times[~times.str.startswith(month)])
        return RowsTally(twice=twice, other=other)

    def judge_rows(self, counted: RowsTally, month: str) -> list[Violation]:
        """Return the rules that rows break, from what was counted of them."""
        found = []
        if counted.twice.count:
            found.append(
                Violation(
                    f"{self.name}.{self.identifier}_unique",
                    f"{counted.twice.count} {self.name} occur again, e.g. {counted.twice.values()}",
                )
            )
        if counted.other.count:
            found.append(
                Violation(
                    f"{self.name}.in_month",
                    f"{counted.other.count} {self.name} are not of {month},"
                    f" e.g. {counted.other.values()[0]}",
                )
            )
        return found


def _judge_column(
    table: str, name: str, rule: Column, counted: ColumnTally, rows: int
) -> list[Violation]:
    if not counted.present:
        return [Violation(f"{table}.not_all_null", f"every value of {name} is missing")]
    if (gone := 1 - counted.present / rows) > rule.missing + TOLERANCE:
        return [
            Violation(
                f"{table}.missing",
                f"{name} may be missing in {rule.missing:.0%} of the rows, is in {gone:.1%}",
            )
        ]
    if wrong := counted.wrong.values():
        return [Violation(f"{table}.types", f"{name} must hold a {rule.kind}, got e.g. {wrong}")]
    if counted.outside.count / counted.present <= TOLERANCE:
        return []
    if rule.values:
        return [
            Violation(
                f"{table}.in_values",
                f"{name} must be one of {', '.join(rule.values)}: {counted.outside.count} of"
                f" {counted.present} are not, e.g. {counted.outside.values()}",
            )
        ]
    return [
        Violation(
            f"{table}.in_range",
            f"{name} must be {rule.low:g} to {rule.high:g}: {counted.outside.count} of"
            f" {counted.present} are not, e.g. {counted.outside.values()}",
        )
    ]


def _tally_column(values: pd.Series, rule: Column) -> ColumnTally:
    present = values.dropna()
    if present.empty or (rule.kind == "text" and not rule.values):
        return ColumnTally(present=len(present))
    if rule.kind == "text":
        strange = present[~present.str.strip().isin(rule.values)]
        return ColumnTally(present=len(present), outside=Examples.of(strange))
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


def check_new(file: str, month: str, sha256: str, ingested: Mapping[str, str]) -> list[Violation]:
    """Check that the same file was not ingested before, as this month or as another."""
    return [
        Violation("batch.new", f"{file} of {month} equals that of {other}, ingested before")
        for other, known in ingested.items()
        if known == sha256
    ]


def check_dataset(rows: pd.DataFrame, task: Task, least: int = 1_000) -> list[Violation]:
    """Check a training set: enough rows, each once, labels that differ, no feature all missing."""
    features, identifier, label, classes = task.features, task.identifier, task.label, task.classes
    if missing := sorted({*features, identifier, label} - set(rows.columns)):
        return [Violation("dataset.columns_present", f"missing: {', '.join(missing)}")]
    found = []
    if len(rows) < least:
        found.append(
            Violation("dataset.rows_present", f"at least {least} rows needed, got {len(rows)}")
        )
    if len(rows) and (twice := int(rows[identifier].duplicated().sum())):
        found.append(Violation(f"dataset.{identifier}_unique", f"{twice} rows occur again"))
    labels = rows[label]
    if classes is not None and not set(labels.unique()) <= set(classes):
        strange = sorted(set(labels.unique()) - set(classes), key=str)
        wanted = ", ".join(map(str, classes))
        found.append(Violation("dataset.labels", f"{label} must be one of {wanted}, got {strange}"))
    elif labels.nunique() < 2 and len(rows):  # noqa: PLR2004 - nothing to tell apart
        found.append(Violation("dataset.labels", f"every row has {label} = {labels.iloc[0]}"))
    empty = [name for name in features if len(rows) and rows[name].isna().all()]
    if empty:
        found.append(
            Violation("dataset.not_all_null", f"every value is missing: {', '.join(empty)}")
        )
    return found
