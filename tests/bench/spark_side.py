"""One engine's side of the Spark benchmark, each in its own environment.

    python -m tests.bench.spark_side ENGINE BUCKET

From raw files in S3 to records of every feature group, the data check included; prints one JSON
object: seconds in all, seconds until the work began, number and hash of the records.
"""

import hashlib
import io
import json
import sys
import time
from typing import Any

import pandas as pd

from pipelines.flights import schema
from pipelines.flights.steps import features, features_engineer, features_spark, features_transform
from pipelines.flights.steps.rules import FLIGHTS, TABLES
from pipelines.shared.steps import features_extract, features_ingest, storage

MONTH = "2013-01"
KINDS: dict[str, Any] = {str(group["name"]): group["features"] for group in schema.FEATURE_GROUPS}
Records = list[tuple[str, pd.DataFrame]]


def alone(bucket: str) -> tuple[float, Records]:
    """Make the records as the single-machine steps do; returns when the work began, and them."""
    began = time.perf_counter()
    raw = {}
    for name in TABLES:
        (body,) = storage.fetch(bucket, [f"now/{name}.csv"])
        raw[name] = pd.read_csv(io.BytesIO(body), dtype=str)
        del body
    for name, table in raw.items():
        TABLES[name].check(table)
    FLIGHTS.check_rows(raw["flights"], MONTH)
    month = pd.Timestamp(MONTH)
    flights = features_transform.flights_of(raw["flights"], None, month)
    weather = features_transform.clean_weather(raw["weather"])
    planes = features_transform.planes_of(raw["planes"], None)
    return began, [
        ("weather", features.weather_records(weather)),
        ("lateness", features_engineer.lateness_of(flights, month)),
        ("planes", features.plane_records(planes, month)),
    ]


def spark(bucket: str) -> tuple[float, Records]:
    """Make the records as the Spark step does."""
    context = features_spark.cluster()
    began = time.perf_counter()
    batch = {
        "month": MONTH,
        "ingested": {},
        **features_extract.listed(bucket, list(TABLES), "now/", "before/"),
    }
    raw = features_spark.Raw.of(context, batch, features_spark.PIECE_MIB * 2**20)
    features_spark.check(raw, batch)
    return began, features_spark.engineered(raw, pd.Timestamp(MONTH)).collect()


def main(engine: str, bucket: str) -> None:
    """Measure one engine."""
    started = time.perf_counter()
    began, records = {"alone": alone, "spark": spark}[engine](bucket)
    ended = time.perf_counter()
    rows = sorted(
        json.dumps([group, row])
        for group, table in records
        for row in features_ingest.as_records(table, KINDS[group])
    )
    json.dump(
        {
            "seconds": ended - started,
            "start": began - started,
            "records": len(rows),
            "sha256": hashlib.sha256("\n".join(rows).encode()).hexdigest(),
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
