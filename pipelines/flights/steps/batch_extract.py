"""Extract: the flights planned for a day, with their features as known at a moment, as requests."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipelines.flights import schema
from pipelines.flights.lambdas import flights as requests
from pipelines.flights.steps import features
from pipelines.flights.steps.training_extract import WANTED
from pipelines.shared.steps import lineage, offline, registry, storage, tables


def main(argv: Sequence[str] | None = None) -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--as-of", default="", help="ISO 8601; empty: the execution's start")
    parser.add_argument("--now", required=True, help="start of the execution, ISO 8601")
    parser.add_argument("--date", default="", help="YYYY-MM-DD; empty: the day of as-of")
    parser.add_argument("--raw-bucket", required=True)
    parser.add_argument("--artifacts-bucket", required=True)
    parser.add_argument("--name-prefix", required=True)
    parser.add_argument("--requests-uri", required=True, help="where the requests will lie")
    parser.add_argument("--files", type=int, default=1, help="how many to write, if rows suffice")
    parser.add_argument("--output", type=Path, default=tables.PROCESSING)
    given = parser.parse_args(argv)
    as_of = tables.timestamp(given.as_of.strip() or given.now)
    day = day_of(given.date.strip()) if given.date.strip() else as_of.floor("D")
    package = live_version(given.name_prefix)
    flights, uri = planned(given.raw_bucket, day)
    records, groups = {}, {}
    for group, columns in WANTED.items():
        name = f"{given.name_prefix}-{group}"
        held, _ = offline.read_group(name, _identifier(group), columns, given.artifacts_bucket)
        records[group] = known(held, as_of)
        groups[lineage.group_arn(name)] = lineage.FEATURE_GROUP
    rows = features.model_rows(flights, records)
    rows.insert(0, "flight_id", flights["flight_id"])
    write(given.output / "requests", rows, given.files)
    flights["feature_time"] = flights["sched_dep"].where(flights["sched_dep"] <= as_of, as_of)
    tables.write(
        given.output / "facts", "rows", flights[["flight_id", "sched_dep", "feature_time"]]
    )
    tables.write_json(
        given.output / "facts" / "facts.json",
        {
            "as_of": as_of.isoformat() + "Z",
            "date": day.strftime("%Y-%m-%d"),
            "rows": len(rows),
            "model_package": package["ModelPackageArn"],
            "model_version": package["ModelPackageVersion"],
        },
    )
    lineage.contributed({uri: lineage.DATA_SET, **groups}, {given.requests_uri: lineage.DATA_SET})
    tables.say(
        f"{len(rows)} flights of {day:%Y-%m-%d} as known at {as_of.isoformat()}Z, for"
        f" {package['ModelPackageArn']}"
    )


def day_of(text: str) -> pd.Timestamp:
    """Return the day that ``Date`` names."""
    try:
        return pd.to_datetime(text, format="%Y-%m-%d")
    except ValueError:
        tables.refuse(f"Date must be a day like 2013-01-12, got {text!r}")
        raise


def live_version(name: str) -> dict[str, Any]:
    """Return what the endpoint serves; before there is one, what the registry approved last.

    A version that a person pinned, or that a rollout was taken back to, serves although a newer one
    is approved: callers and batches are to hear the same.
    """
    found = registry.live(name)
    package = registry.champion(name) if found is None else found.package
    if package is None:
        tables.refuse(
            f"model package group {name} must have an approved version to score with, got none"
        )
    return package or {}


def planned(bucket: str, day: pd.Timestamp) -> tuple[pd.DataFrame, str]:
    """Return the flights that are to leave on a day, by flight, and the folder that names them.

    A plan is a request: its files are held to the rules of the scoring function.
    """
    date = day.strftime("%Y-%m-%d")
    folder = f"planned/{schema.USE_CASE}/date={date}"
    uri = f"s3://{bucket}/{folder}"
    keys = [key for key in storage.listing(bucket, f"{folder}/") if key.endswith(".csv")]
    if not keys:
        tables.refuse(f"no flights are planned for {date}: {uri}/ holds no .csv")
    asked: list[requests.Flight] = []
    for key, body in zip(keys, storage.fetch(bucket, keys), strict=True):
        try:
            asked += requests.read(body.decode(), "text/csv")
        except ValueError as error:
            tables.refuse(f"s3://{bucket}/{key}: {error}")
    flights = pd.DataFrame(asked)
    if len(twice := flights["flight_id"][flights["flight_id"].duplicated()]):
        tables.refuse(f"flight_id must be unique in {uri}/, got {twice.iloc[0]!r} twice")
    flights["distance"] = flights["distance"].astype("float64")
    departure = pd.to_datetime(flights["sched_dep"], format="ISO8601").astype("datetime64[ns]")
    flights["sched_dep"] = departure
    if len(elsewhere := departure[departure.dt.floor("D") != day]):
        tables.refuse(f"sched_dep must be on {date} in {uri}/, got {elsewhere.iloc[0].isoformat()}")
    return flights.sort_values("flight_id", ignore_index=True), uri


def known(records: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return the records of what was known at a moment."""
    return records[records["event_time"] <= as_of].reset_index(drop=True)


def write(folder: Path, rows: pd.DataFrame, files: int) -> None:
    """Write requests as the served model takes them, in as many files, as even as can be."""
    folder.mkdir(parents=True, exist_ok=True)
    count = min(files, len(rows))
    edges = np.linspace(0, len(rows), count + 1).round().astype(int)
    for number, (start, end) in enumerate(pairwise(edges), 1):
        part = rows.iloc[start:end]
        part.to_csv(folder / f"part-{number:05d}.csv", header=False, index=False)


def _identifier(group: str) -> str:
    (found,) = (one for one in schema.FEATURE_GROUPS if one["name"] == group)
    return str(found["record_identifier"])


if __name__ == "__main__":
    main()
