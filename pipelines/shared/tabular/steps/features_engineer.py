"""Engineer: make the features of each row, as the use case's ``features.py`` says."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from pipelines.shared.steps import tables
from pipelines.shared.tabular.declared import EVENT_TIME, TABLE, Declared

EVENT_TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
Engineer = Callable[[pd.DataFrame], pd.DataFrame]
"""Adds the features that are made to typed rows."""


def run(argv: Sequence[str] | None, declared: Declared, engineer: Engineer) -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--input", type=Path, default=tables.PROCESSING / "input" / "clean")
    parser.add_argument("--output", type=Path, default=tables.PROCESSING / "records")
    given = parser.parse_args(argv)
    made = records(tables.read(given.input, TABLE), declared, engineer)
    tables.write(given.output, TABLE, made)
    tables.say(f"{TABLE}: {len(made)} records")


def records(rows: pd.DataFrame, declared: Declared, engineer: Engineer) -> pd.DataFrame:
    """Return a record for each row: its name, its time, its features.

    Raises:
        ValueError: ``engineer`` lost a row, or made no feature that is declared.
    """
    made = engineer(rows.copy())
    if len(made) != len(rows):
        raise ValueError(f"engineer must return {len(rows)} rows, got {len(made)}")
    if missing := [name for name in declared.features if name not in made]:
        raise ValueError(f"engineer must make {missing}, got {list(made)}")
    found = made[[declared.identifier, *declared.features]].copy()
    found.insert(1, EVENT_TIME, made[declared.time].dt.strftime(EVENT_TIME_FORMAT))
    return found
