"""Brings the offline stores of a use case's feature groups to where Feast reads them.

    python sync.py [--data FOLDER] [GROUP ...]

SageMaker writes a small Parquet file for each hour and write, keeps every record ever written and
marks deletions. Feast reads one table: this makes it, a file for each group, by the rules that the
training pipeline reads by. Of several writes for the same identifier and event time the last
counts; a deleted record is gone; a feature that came later is missing before. Groups are found by
their names, asked of SageMaker; credentials, region and ``AWS_ENDPOINT_URL`` are boto3's own.
"""

from __future__ import annotations

import argparse
import io
import os
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

HERE = Path(__file__).parent
THREADS = 16
TYPES = {"String": pa.string(), "Integral": pa.int64(), "Fractional": pa.float64()}
STAMP = pa.timestamp("ms", tz="UTC")
OWN = {"write_time": STAMP, "is_deleted": pa.bool_()}
"""Columns that SageMaker adds."""


def main() -> None:
    """Bring over the groups that are named, or all."""
    declared = yaml.safe_load((HERE / "feature_groups.yaml").read_text(encoding="utf-8"))
    groups: dict[str, dict[str, Any]] = declared["groups"]
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"of {sorted(groups)}")
    parser.add_argument("--data", type=Path, default=HERE / "data", metavar="FOLDER")
    asked = parser.parse_args()
    if unknown := sorted(set(asked.groups) - groups.keys()):
        parser.error(f"GROUP must be one of {sorted(groups)}, got {unknown}")
    for name in asked.groups or groups:
        table = read(groups[name], declared["region"])
        write(table, asked.data / f"{name}.parquet")
        print(f"{name}: {table.num_rows} records")  # noqa: T201 - a program's answer


def read(group: Mapping[str, Any], region: str) -> pa.Table:
    """Return a group's records, by event time."""
    described = boto3.client("sagemaker", region_name=region).describe_feature_group(
        FeatureGroupName=group["feature_group"]
    )
    uri = urlsplit(described["OfflineStoreConfig"]["S3StorageConfig"]["ResolvedOutputS3Uri"])
    types = {name: TYPES[kind] for name, kind in group["features"].items()} | OWN
    s3 = boto3.client("s3", region_name=region)
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=uri.netloc, Prefix=uri.path.strip("/") + "/"
    )
    listed = (one["Key"] for page in pages for one in page.get("Contents", ()))
    keys = [key for key in listed if key.endswith(".parquet")]

    def part(key: str) -> pa.Table:
        body = s3.get_object(Bucket=uri.netloc, Key=key)["Body"].read()
        # As a plain file: the folders' names, year and month, are no columns.
        return shaped(pq.ParquetFile(io.BytesIO(body)).read(), types)

    with ThreadPoolExecutor(THREADS) as pool:
        parts = list(pool.map(part, keys))
    empty = pa.table({name: pa.array([], kind) for name, kind in types.items()})
    return standing(pa.concat_tables([empty, *parts]), group)


def shaped(table: pa.Table, types: Mapping[str, pa.DataType]) -> pa.Table:
    """Return a table with these columns; one that a file lacks is null."""
    columns = {
        name: table[name].cast(kind)
        if name in table.column_names
        else pa.nulls(table.num_rows, kind)
        for name, kind in types.items()
    }
    return pa.table(columns)


def standing(table: pa.Table, group: Mapping[str, Any]) -> pa.Table:
    """Return what stands of what was written, event times as times."""
    stated = table[group["event_time"]].to_pandas()
    fractional = group["features"][group["event_time"]] == "Fractional"
    times = (
        pd.to_datetime(stated, unit="s", utc=True)
        if fractional
        else pd.to_datetime(stated, format="ISO8601", utc=True)
    )
    index = pd.DataFrame(
        {
            "key": table[group["record_identifier"]].to_pandas(),
            "time": times,
            "written": table["write_time"].to_pandas(),
            "deleted": table["is_deleted"].to_pandas().fillna(value=False).astype(bool),
        }
    )
    newest = index.sort_values("written", kind="stable").drop_duplicates(
        ["key", "time"], keep="last"
    )
    rows = newest[~newest["deleted"]].sort_values(["time", "key"], kind="stable").index
    at = table.column_names.index(group["event_time"])
    stamped = pa.array(times.astype("datetime64[us, UTC]"), pa.timestamp("us", tz="UTC"))
    made = table.set_column(at, group["event_time"], stamped).drop_columns(["is_deleted"])
    return made.take(pa.array(rows.to_numpy(), pa.int64()))


def write(table: pa.Table, path: Path) -> None:
    """Put a table into its place whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    number, beside = tempfile.mkstemp(dir=path.parent, prefix=".")
    with os.fdopen(number, "wb") as file:
        pq.write_table(table, file)
    Path(beside).replace(path)


if __name__ == "__main__":
    main()
