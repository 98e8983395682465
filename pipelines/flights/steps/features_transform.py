"""Transform: give the raw tables their types; what is out of range becomes missing."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from pipelines.flights import schema
from pipelines.flights.steps.rules import TABLES
from pipelines.shared.steps import tables

PREVIOUS_DAYS = 2
"""Days at the end of the month before whose flights are kept: the first day's lateness needs one,
and a flight may land on the day after."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--input", type=Path, default=tables.PROCESSING / "input" / "batch")
    parser.add_argument("--output", type=Path, default=tables.PROCESSING / "clean")
    given = parser.parse_args(argv)
    month = tables.read_json(given.input / "batch.json")["month"]
    flights = flights_of(*both(given.input, "flights"), pd.Timestamp(month))
    planes = planes_of(*both(given.input, "planes"))
    tables.write(given.output, "flights", flights)
    tables.write(given.output, "weather", clean_weather(read(given.input / "weather.csv")))
    tables.write(given.output, "planes", planes)
    tables.write_json(given.output / "batch.json", {"month": month})
    tables.say(f"{month}: {len(flights)} flights, {len(planes)} new or changed planes")


def both(folder: Path, name: str) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Read a raw table and that of the month before, if there was one."""
    before = folder / f"previous_{name}.csv"
    return read(folder / f"{name}.csv"), read(before) if before.exists() else None


def read(path: Path) -> pd.DataFrame:
    """Read a raw table with every field as text."""
    return pd.read_csv(path, dtype=str)


def flights_of(
    raw: pd.DataFrame, previous: pd.DataFrame | None, month: pd.Timestamp
) -> pd.DataFrame:
    """Return the flights that the month's features are made of.

    Flights of one identifier are to be in one call: all at once, or a part of all.
    """
    flights = clean_flights(raw)
    if previous is None:
        return flights
    return pd.concat([trailing(clean_flights(previous), month), flights], ignore_index=True)


def planes_of(raw: pd.DataFrame, previous: pd.DataFrame | None) -> pd.DataFrame:
    """Return the planes that are new or changed; those of one tail number are to be in one call."""
    planes = clean_planes(raw)
    return planes if previous is None else changed(planes, clean_planes(previous))


def clean_flights(raw: pd.DataFrame) -> pd.DataFrame:
    """Return the flights that have landed, typed, with their label."""
    flights = pd.DataFrame({"flight_id": raw["flight_id"].str.strip()})
    for name in ("carrier", "origin", "dest", "tailnum"):
        flights[name] = tidied(raw[name])
    for name in ("distance", "arr_delay"):
        flights[name] = TABLES["flights"].number(name, raw[name])
    for name in ("sched_dep", "landed_at"):
        flights[name] = pd.to_datetime(raw[name], format="ISO8601").astype("datetime64[ns]")
    flights["late"] = (flights["arr_delay"] > schema.LATE_MINUTES).astype("int64")
    needed = ["flight_id", "carrier", "origin", "dest", "sched_dep", "landed_at", "arr_delay"]
    return flights.dropna(subset=needed).drop_duplicates("flight_id").reset_index(drop=True)


def tidied(names: pd.Series) -> pd.Series:
    """Return names without blanks around them and in capitals, each distinct one made once."""
    codes, distinct = pd.factorize(names, use_na_sentinel=False)
    tidy = pd.Series(distinct).str.strip().str.upper().to_numpy()
    return pd.Series(tidy[codes], index=names.index)


def clean_weather(raw: pd.DataFrame) -> pd.DataFrame:
    """Return the weather, typed."""
    weather = pd.DataFrame({"origin": raw["origin"].str.strip().str.upper()})
    for name in TABLES["weather"].columns:
        if name != "origin":
            weather[name] = TABLES["weather"].number(name, raw[name])
    return weather.dropna(subset=["origin", "year", "month", "day", "hour"]).reset_index(drop=True)


def clean_planes(raw: pd.DataFrame) -> pd.DataFrame:
    """Return the planes, typed."""
    planes = pd.DataFrame({"tailnum": raw["tailnum"].str.strip().str.upper()})
    for name in ("year", "seats", "engines"):
        planes[name] = TABLES["planes"].number(name, raw[name])
    return planes.dropna(subset=["tailnum"]).drop_duplicates("tailnum").reset_index(drop=True)


def trailing(flights: pd.DataFrame, month: pd.Timestamp) -> pd.DataFrame:
    """Return the last flights before the month."""
    return flights[flights["sched_dep"] >= month - pd.Timedelta(days=PREVIOUS_DAYS)]


def changed(planes: pd.DataFrame, previous: pd.DataFrame) -> pd.DataFrame:
    """Return the planes that were not there before, or with other values."""
    marked = planes.merge(previous, how="left", indicator=True)
    return planes[(marked["_merge"] == "left_only").to_numpy()].reset_index(drop=True)


if __name__ == "__main__":
    main()
