"""The whole feature pipeline on a Spark cluster: validate, transform, engineer, ingest.

For batches that one machine cannot hold. What is done to rows is done by the functions of the other
steps; here stands only which rows must meet for them: those of one flight, one day, one hour, one
plane. Started by ``spark-submit``; without Arrow, which SageMaker's image lacks.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial, reduce
from operator import add
from pathlib import Path
from typing import Any

import pandas as pd

from pipelines.flights import schema
from pipelines.flights.steps import features, features_engineer, features_transform
from pipelines.flights.steps.rules import FLIGHTS, TABLES
from pipelines.shared.spark.frames import Collection, Tables, numbered, together
from pipelines.shared.steps import features_ingest, features_validate, pieces, storage, tables
from pipelines.shared.steps.rules import Violation, check_new
from pipelines.shared.steps.tallies import RowsTally, Tally

PIECE_MIB = 32
"""Raw text that one task reads; as a pandas table some ten times as much."""
FEATURE_GROUPS: Sequence[Mapping[str, Any]] = schema.FEATURE_GROUPS
DAY_COLUMNS = [*schema.LATENESS_ENTITIES, "sched_dep", "landed_at", "late"]


def main(argv: Sequence[str] | None = None) -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__)
    features_validate.arguments(parser)
    parser.add_argument("--name-prefix", required=True, help="of the feature groups")
    parser.add_argument("--artifacts-bucket", required=True)
    parser.add_argument("--raw-bucket", required=True)
    parser.add_argument("--piece-mib", type=float, default=PIECE_MIB)
    parser.add_argument("--input", type=Path, default=tables.PROCESSING / "input" / "batch")
    parser.add_argument("--output", type=Path, default=tables.PROCESSING / "ingested")
    given = parser.parse_args(argv)
    batch = tables.read_json(given.input / "batch.json")
    context = cluster()
    try:
        raw = Raw.of(context, batch, round(given.piece_mib * 2**20))
        features_validate.report(check(raw, batch), given)
        records = engineered(raw, pd.Timestamp(batch["month"])).cache()
        expected = counted(records)  # every record is made before the first is written
        for group, number in sorted(expected.items()):
            tables.say(f"{group}: {number} records")
        written = ingested(records, given.name_prefix)
        if written != expected:
            raise RuntimeError(f"groups must hold {expected} new records, got {written}")
    finally:
        context.stop()
    counts = {str(group["name"]): written.get(str(group["name"]), 0) for group in FEATURE_GROUPS}
    features_ingest.finish(batch, counts, given, use_case=schema.USE_CASE, first=FLIGHTS.name)


def cluster() -> Any:  # noqa: ANN401 - PySpark is installed on clusters only
    """Return a connection to the cluster that ``spark-submit`` names."""
    from pyspark import SparkConf, SparkContext  # noqa: PLC0415 - as above

    configuration = SparkConf().setAppName(f"{schema.USE_CASE}-features")
    # The image hands its workers AWS_REGION, which boto3 does not read.
    if region := os.environ.get("AWS_DEFAULT_REGION"):
        configuration.setExecutorEnv("AWS_DEFAULT_REGION", region)
    context = SparkContext.getOrCreate(configuration)
    context.setLogLevel("WARN")
    return context


@dataclass(frozen=True)
class Raw:
    """A batch's raw tables on the cluster, kept there once read."""

    context: Any
    """The ``SparkContext``."""
    headers: Mapping[str, Sequence[pd.DataFrame]]
    """For each table a file that there is: a table without rows, with the file's columns."""
    flights: Collection
    """Tables of this month and the one before, a flight's rows in one element."""
    planes: Collection
    """The same, a plane's rows in one element."""
    weather: Collection
    """Tables of this month as they were read, a piece in each element."""
    count: int
    """Elements after a shuffle."""

    @classmethod
    def of(cls, context: Any, batch: Mapping[str, Any], piece_bytes: int) -> Raw:  # noqa: ANN401 - a SparkContext
        """Plan the reading of a batch, as Extract has listed it, in pieces of some size."""
        listed = {
            name: pieces.cut(batch["bucket"], sizes, piece_bytes)
            for name, sizes in batch["files"].items()
        }
        count = max(context.defaultParallelism, *map(len, listed.values()))

        def read(name: str) -> Collection:
            found = listed[name]
            return context.parallelize(found, max(len(found), 1)).map(pieces.read)

        with ThreadPoolExecutor(storage.THREADS) as pool:
            headers = {name: list(pool.map(pieces.header, first(listed[name]))) for name in TABLES}
        return cls(
            context=context,
            headers=headers,
            flights=together([read("flights"), read("previous_flights")], flight, count).cache(),
            planes=together([read("planes"), read("previous_planes")], plane, count).cache(),
            weather=read("weather").map(lambda part: (part,)).cache(),
            count=count,
        )


def first(found: Iterable[pieces.Piece]) -> list[pieces.Piece]:
    """Return the pieces that begin a file."""
    return [piece for piece in found if piece.start == 0]


def flight(raw: pd.DataFrame) -> pd.Series:
    """Return what rows of one flight have in common."""
    return text(raw, "flight_id")


def plane(raw: pd.DataFrame) -> pd.Series:
    """Return what rows of one plane have in common."""
    return text(raw, "tailnum").str.upper()


def text(raw: pd.DataFrame, name: str) -> pd.Series:
    """Return a raw column without blanks around its values; all missing where there is none."""
    values = raw[name] if name in raw else pd.Series(None, index=raw.index, dtype="object")
    stripped: pd.Series = values.str.strip()
    return stripped


def day(flights: pd.DataFrame) -> pd.Series:
    """Return what flights of one day have in common."""
    departed: pd.Series = flights["sched_dep"].dt.floor("D")
    return departed


def check(raw: Raw, batch: Mapping[str, Any]) -> list[Violation]:
    """Return every rule that the batch breaks: the rules and the words of the Validate step."""
    month = batch["month"]
    tallies = {
        name: reduce(add, (TABLES[name].tally(one) for one in headers))
        for name, headers in raw.headers.items()
        if headers
    }
    flights = RowsTally()
    sides = {name: getattr(raw, name) for name in tallies}
    parts = [side.flatMap(partial(_tallies, name, month)) for name, side in sides.items()]
    for name, tally, found in raw.context.union(parts).collect() if parts else ():
        tallies[name] += tally
        flights += found
    violations = [one for name, rule in TABLES.items() for one in rule.verdict(tallies.get(name))]
    if "flights" in tallies:
        violations += FLIGHTS.judge_rows(flights, month)
        sha256 = batch["sha256"]["flights.csv"]
        violations += check_new("flights.csv", month, sha256, batch["ingested"])
    return violations


def _tallies(name: str, month: str, part: Tables) -> list[tuple[str, Tally, RowsTally]]:
    current = part[0]
    if current is None:
        return []
    own = name == "flights"
    found = FLIGHTS.tally_rows(current, month) if own else RowsTally()
    return [(name, TABLES[name].tally(current), found)]


def engineered(raw: Raw, month: pd.Timestamp) -> Collection:
    """Return the records of every feature group: pairs of its name and a table."""
    flights = raw.flights.map(lambda both: clean_flights(both, month))
    days = together([flights.map(lambda part: part[DAY_COLUMNS])], day, raw.count)
    hours = together([raw.weather.map(clean_weather)], features.origin_hour, raw.count)
    planes = raw.planes.map(clean_planes)
    return raw.context.union(
        [
            hours.map(lambda part: ("weather", features.weather_records(part[0]))),
            days.map(lambda part: ("lateness", _lateness(part, month))),
            planes.map(lambda part: ("planes", features.plane_records(part, month))),
        ]
    )


def clean_flights(both: Tables, month: pd.Timestamp) -> pd.DataFrame:
    """Return the flights of one element as the Transform step makes them."""
    current, previous = _present(both)
    return features_transform.flights_of(current, previous, month)


def clean_planes(both: Tables) -> pd.DataFrame:
    """Return the new or changed planes of one element as the Transform step makes them."""
    return features_transform.planes_of(*_present(both))


def _present(both: Tables) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    current, previous = both
    if current is not None:
        return current, previous
    assert previous is not None  # noqa: S101 - an element has rows of one side at least
    return previous.iloc[:0], previous


def clean_weather(part: Tables) -> pd.DataFrame:
    """Return the weather of one piece as the Transform step makes it."""
    (raw,) = part
    assert raw is not None  # noqa: S101 - a piece is a table
    return numbered(features_transform.clean_weather(raw), raw)


def _lateness(part: Tables, month: pd.Timestamp) -> pd.DataFrame:
    (flights,) = part
    assert flights is not None  # noqa: S101 - elements are made of rows
    # Rows were numbered anew when they were cleaned, element by element: numbers occur again.
    return features_engineer.lateness_of(flights.reset_index(drop=True), month)


def counted(records: Collection) -> dict[str, int]:
    """Return the number of records of each group."""
    return _sums(records.map(lambda one: (one[0], len(one[1]))))


def ingested(records: Collection, name_prefix: str) -> dict[str, int]:
    """Write the records from the workers to the feature groups; returns how many of each."""
    return _sums(records.mapPartitions(lambda part: _write(part, name_prefix)))


def _write(part: Iterable[tuple[str, pd.DataFrame]], name_prefix: str) -> Iterator[tuple[str, int]]:
    kinds = {group["name"]: group["features"] for group in FEATURE_GROUPS}
    for group, table in part:
        rows = features_ingest.as_records(table, kinds[group])
        yield group, features_ingest.ingest(f"{name_prefix}-{group}", rows)


def _sums(pairs: Collection) -> dict[str, int]:
    sums: dict[str, int] = {}
    for group, number in pairs.collect():
        sums[group] = sums.get(group, 0) + number
    return sums
