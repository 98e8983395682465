"""Engineer: make the records of each feature group from the clean tables."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from pipelines.flights.steps import features
from pipelines.shared.steps import tables


def main(argv: Sequence[str] | None = None) -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--input", type=Path, default=tables.PROCESSING / "input" / "clean")
    parser.add_argument("--output", type=Path, default=tables.PROCESSING / "records")
    given = parser.parse_args(argv)
    month = pd.Timestamp(tables.read_json(given.input / "batch.json")["month"])
    records = {
        "weather": features.weather_records(tables.read(given.input, "weather")),
        "lateness": lateness_of(tables.read(given.input, "flights"), month),
        "planes": features.plane_records(tables.read(given.input, "planes"), month),
    }
    for group, table in records.items():
        tables.write(given.output, group, table)
        tables.say(f"{group}: {len(table)} records")


def lateness_of(flights: pd.DataFrame, month: pd.Timestamp) -> pd.DataFrame:
    """Return the month's records of lateness; flights of one day are to be in one call."""
    return of_month(features.lateness_records(flights), month)


def of_month(records: pd.DataFrame, month: pd.Timestamp) -> pd.DataFrame:
    """Return the records whose event time lies in the month: the next batch brings the others."""
    start, end = (
        moment.strftime(features.EVENT_TIME_FORMAT)
        for moment in (month, month + pd.DateOffset(months=1))
    )
    return records[records["event_time"].between(start, end, inclusive="left")]


if __name__ == "__main__":
    main()
