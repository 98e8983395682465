"""Join: the traffic that the endpoint captured in a month, with the labels known by then."""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from pipelines.flights import schema
from pipelines.flights.steps import labels, lineage, registry, storage, tables
from pipelines.shared.serving import sample

COLUMNS = ("flight_id", *schema.MODEL_FEATURES)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--as-of", default="", help="ISO 8601; empty: the execution's start")
    parser.add_argument("--now", required=True, help="start of the execution, ISO 8601")
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--raw-bucket", required=True)
    parser.add_argument("--traffic-uri", required=True, help="where this step's output will lie")
    parser.add_argument("--output", type=Path, default=tables.PROCESSING / "traffic")
    given = parser.parse_args(argv)
    until = tables.timestamp(given.as_of.strip() or given.now)
    since = until - pd.DateOffset(months=1)
    found = registry.live(given.endpoint)
    facts = {"since": since.isoformat(), "as_of": until.isoformat(), "version": "", "auc": ""}
    traffic = pd.DataFrame(columns=[*COLUMNS, "prediction"])
    if found is None:
        tables.say(f"endpoint {given.endpoint} does not stand yet: nothing to compare")
    else:
        package = found.package
        uri = package["DriftCheckBaselines"]["ModelDataQuality"]["Statistics"]["S3Uri"]
        bucket, key = storage.split(uri)
        given.output.mkdir(parents=True, exist_ok=True)
        (given.output / "statistics.json").write_bytes(storage.fetch(bucket, [key])[0])
        facts["version"] = str(package.get("ModelPackageVersion", ""))
        facts["auc"] = package.get("CustomerMetadataProperties", {}).get("auc", "")
        sources = {package["ModelPackageArn"]: lineage.MODEL_PACKAGE, uri: lineage.METRICS}
        if found.capture_uri:
            sources[found.capture_uri] = lineage.DATA_SET
            traffic = captured(found.capture_uri, since, until)
        lineage.contributed(sources, {given.traffic_uri: lineage.DATA_SET})
    late = lateness(given.raw_bucket, until, traffic["flight_id"])
    traffic["late"] = traffic["flight_id"].map(late).astype("float64")
    tables.write(given.output, "traffic", traffic)
    tables.write_json(given.output / "facts.json", facts)
    tables.say(f"{len(traffic)} answers, {int(traffic['late'].notna().sum())} labelled")


def captured(uri: str, since: pd.Timestamp, until: pd.Timestamp) -> pd.DataFrame:
    """Return what was asked and answered from ``since`` to before ``until``."""
    bucket, prefix = storage.split(uri)
    days = pd.date_range(since.floor("D"), until.floor("D"), freq="D")
    prefixes = sorted({day.strftime(f"{prefix}/%Y/%m/") for day in days})
    known = {day.strftime(f"{prefix}/%Y/%m/%d/") for day in days}
    keys = [
        key
        for month in prefixes
        for key in storage.listing(bucket, month)
        if key[: len(prefix) + 12] in known
    ]
    lines = [
        json.loads(line)
        for body in storage.fetch(bucket, keys)
        for line in body.decode().splitlines()
        if line
    ]
    asked, answered = [], []
    for line in lines:
        if sample.MARK in line["eventMetadata"].get("customAttributes", ()):
            continue  # asked by a check of the endpoint, about no flight
        moment = tables.timestamp(line["eventMetadata"]["inferenceTime"])
        # A request that the model refused has no output.
        if since <= moment < until and "endpointOutput" in line["captureData"]:
            asked.append(line["captureData"]["endpointInput"]["data"].rstrip("\n"))
            answered.append(line["captureData"]["endpointOutput"]["data"].rstrip("\n"))
    return parse(asked, answered)


def parse(asked: list[str], answered: list[str]) -> pd.DataFrame:
    """Return requests with their predictions; of a flight asked about again the last counts."""
    if not asked:
        return pd.DataFrame(columns=[*COLUMNS, "prediction"])
    text = dict.fromkeys(("flight_id", *schema.CATEGORICAL), "object")
    rows = pd.read_csv(io.StringIO("\n".join(asked)), header=None, names=list(COLUMNS), dtype=text)
    predictions = pd.read_csv(
        io.StringIO("\n".join(answered)), header=None, names=["flight_id", "prediction"]
    ).drop_duplicates("flight_id", keep="last")
    rows = rows.drop_duplicates("flight_id", keep="last")
    return rows.merge(predictions, on="flight_id", how="inner")


def lateness(bucket: str, until: pd.Timestamp, flights: pd.Series) -> pd.Series:
    """Return by flight whether it was late, of those flights that landed before ``until``."""
    wanted = set(flights)

    def asked(body: bytes) -> pd.DataFrame:
        table = pd.read_csv(io.BytesIO(body))
        return table[table["flight_id"].isin(wanted)]

    parts = storage.read(bucket, labels.listed(bucket), asked)
    if not parts:
        return pd.Series(dtype="float64")
    table = pd.concat(parts, ignore_index=True)
    table["landed_at"] = pd.to_datetime(table["landed_at"], format="ISO8601")
    return labels.known(table, until).set_index("flight_id")["late"].astype("float64")


if __name__ == "__main__":
    main()
