"""The offline store of a feature group: Parquet on S3, one small file for each hour and write.

Reading thousands of small files costs more than training. The files of a month are therefore kept
once more as one, under a name made of all their keys and ETags: it is used as long as they are the
same, and any change makes a new one.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from botocore.exceptions import ClientError

from pipelines.shared.steps import storage, tables

_ARROW = {"String": pa.string(), "Integral": pa.int64(), "Fractional": pa.float64()}
_STAMP = pa.timestamp("ms", tz="UTC")

FORMAT = "1"
"""Part of the name of a month's file: change it when what is written changes."""


def read_group(
    group: str, key: str, columns: Sequence[str], artifacts_bucket: str
) -> tuple[pd.DataFrame, str]:
    """Return the records of a group, oldest write first, and where they lie on S3.

    The table has ``key``, ``event_time`` (timestamps) and ``columns``; what was written before a
    feature was added misses it. Deleted records are left out with every earlier one of the same
    key and event time.
    """
    described = storage.client("sagemaker").describe_feature_group(FeatureGroupName=group)
    uri = described["OfflineStoreConfig"]["S3StorageConfig"]["ResolvedOutputS3Uri"].rstrip("/")
    bucket, prefix = storage.split(uri)
    types = {one["FeatureName"]: one["FeatureType"] for one in described["FeatureDefinitions"]}
    names = {
        **{name: _ARROW[types[name]] for name in (key, "event_time", *columns)},
        "write_time": _STAMP,
        "is_deleted": pa.bool_(),
    }
    months = _months(bucket, prefix + "/")

    def records(month: str) -> pa.Table:
        folder = f"offline/{group}/{month}"
        return _month(bucket, months[month], names, artifacts_bucket, folder)

    with ThreadPoolExecutor(storage.THREADS) as pool:
        parts = list(pool.map(records, months))
    table = pa.concat_tables(parts).to_pandas() if parts else pd.DataFrame(columns=list(names))
    table = table.rename(columns={key: "key"})
    table["event_time"] = pd.to_datetime(table["event_time"], format="%Y-%m-%dT%H:%M:%SZ").astype(
        "datetime64[ns]"
    )
    table = table.sort_values("write_time", kind="stable")
    table = table.drop_duplicates(["key", "event_time"], keep="last")
    alive = table[~table["is_deleted"].fillna(value=False).astype(bool)]
    tables.say(f"{group}: {len(alive)} records in {sum(map(len, months.values()))} files")
    return alive[["key", "event_time", *columns]].reset_index(drop=True), uri


def _months(bucket: str, root: str) -> dict[str, list[tuple[str, str]]]:
    """Return keys and ETags of the files of each ``year=/month=`` folder, listed side by side."""
    years = storage.folders(bucket, root)
    with ThreadPoolExecutor(storage.THREADS) as pool:
        found = [one for some in pool.map(partial(storage.folders, bucket), years) for one in some]
        listings = list(pool.map(partial(storage.listing, bucket), found))
    return {
        folder[len(root) :].rstrip("/"): [
            (name, etag) for name, etag in files.items() if name.endswith(".parquet")
        ]
        for folder, files in zip(found, listings, strict=True)
    }


def kept(
    artifacts_bucket: str, folder: str, identity: str, make: Callable[[], pa.Table]
) -> pa.Table:
    """Return the table kept for what ``identity`` names, made and kept if there is none yet."""
    name = f"{folder}/{storage.digest(identity.encode())}.parquet"
    s3 = storage.client("s3")
    try:
        body = s3.get_object(Bucket=artifacts_bucket, Key=name)["Body"].read()
        return pq.read_table(pa.BufferReader(body))
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"NoSuchKey", "404"}:
            raise
    table = make()
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    s3.put_object(Bucket=artifacts_bucket, Key=name, Body=buffer.getvalue())
    return table


def _month(
    bucket: str,
    files: list[tuple[str, str]],
    names: Mapping[str, pa.DataType],
    artifacts: str,
    folder: str,
) -> pa.Table:
    listed = [f"{name} {etag}" for name, etag in files]

    def make() -> pa.Table:
        # Read as plain files: the folders' names would become columns otherwise.
        def parse(body: bytes) -> pa.Table:
            held = pq.ParquetFile(pa.BufferReader(body)).read(
                columns=list(names), use_threads=False
            )
            # A file from before a feature was added has no column of it.
            for name, kind in names.items():
                if name not in held.column_names:
                    held = held.append_column(name, pa.nulls(len(held), kind))
            return held.select(list(names))

        parts = storage.read(bucket, [name for name, _ in files], parse)
        return pa.concat_tables(parts, promote_options="default")

    return kept(artifacts, folder, "\n".join([FORMAT, *names, *listed]), make)
