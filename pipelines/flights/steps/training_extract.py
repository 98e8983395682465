"""Extract: labelled flights as of a moment, joined with the features as they were at departure."""

from __future__ import annotations

import argparse
import io
import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from pipelines.flights import schema
from pipelines.flights.steps import features, offline, registry, storage, tables
from pipelines.flights.steps.features_transform import clean_flights

BATCH = re.compile(r"/batch=(\d{4}-\d{2})/")
WANTED = {
    "weather": list(schema.WEATHER_FEATURES),
    "lateness": ["late_share"],
    "planes": ["year", "seats"],
}


def main(argv: Sequence[str] | None = None) -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--as-of", default="", help="ISO 8601; empty: the execution's start")
    parser.add_argument("--now", required=True, help="start of the execution, ISO 8601")
    parser.add_argument("--raw-bucket", required=True)
    parser.add_argument("--artifacts-bucket", required=True)
    parser.add_argument("--name-prefix", required=True)
    parser.add_argument("--output", type=Path, default=tables.PROCESSING / "dataset")
    given = parser.parse_args(argv)
    as_of = tables.timestamp(given.as_of.strip() or given.now)
    flights, sources = labelled(given.raw_bucket, as_of)
    records = {}
    for group, columns in WANTED.items():
        known = {str(one["name"]): one for one in schema.FEATURE_GROUPS}[group]
        records[group], uri = offline.read_group(
            f"{given.name_prefix}-{group}",
            str(known["record_identifier"]),
            columns,
            given.artifacts_bucket,
        )
        sources[f"{uri}/"] = f"{len(records[group])} records"
    keys = ["flight_id", "sched_dep", "landed_at", "late"]
    rows = flights[keys].join(features.model_rows(flights, records))
    champion = registry.champion(given.name_prefix)
    properties = (champion or {}).get("CustomerMetadataProperties", {})
    manifest = {
        "as_of": as_of.isoformat() + "Z",
        "rows": len(rows),
        "sources": sources,
        "champion_as_of": properties.get("as_of", ""),
    }
    tables.write(given.output, "dataset", rows)
    tables.write_json(given.output / "manifest.json", manifest)
    tables.say(f"{len(rows)} labelled flights before {as_of.isoformat()}")


def labelled(bucket: str, as_of: pd.Timestamp) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the flights whose label was known before ``as_of``, and the objects they come from."""
    found = storage.listing(bucket, f"labels/{schema.USE_CASE}/")
    label_keys = [key for key in found if key.endswith("/labels.csv")]
    months = [match[1] for key in label_keys if (match := BATCH.search(key))]
    flight_keys = [f"raw/{schema.USE_CASE}/batch={month}/flights.csv" for month in months]
    labels = _concat(storage.fetch(bucket, label_keys))
    flights = _concat(storage.fetch(bucket, flight_keys))
    sources = {f"s3://{bucket}/{key}": "labels" for key in label_keys}
    sources.update({f"s3://{bucket}/{key}": "flights" for key in flight_keys})
    if labels.empty or flights.empty:
        tables.refuse(f"no labels below s3://{bucket}/labels/{schema.USE_CASE}/")
    return known_before(clean_flights(flights), labels, as_of), sources


def known_before(flights: pd.DataFrame, labels: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return the flights with the label of the ground truth, those that landed before ``as_of``."""
    truth = labels.drop_duplicates("flight_id", keep="last").set_index("flight_id")
    landed = pd.to_datetime(truth["landed_at"], format="ISO8601")
    truth = truth[(landed < as_of).to_numpy()]
    kept = flights[flights["flight_id"].isin(truth.index)].copy()
    kept["late"] = kept["flight_id"].map(pd.to_numeric(truth["late"])).astype("int64")
    return kept.sort_values(["sched_dep", "flight_id"]).reset_index(drop=True)


def _concat(bodies: list[bytes]) -> pd.DataFrame:
    parts = [pd.read_csv(io.BytesIO(body), dtype=str) for body in bodies]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


if __name__ == "__main__":
    main()
