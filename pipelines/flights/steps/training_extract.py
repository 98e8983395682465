"""Extract: labelled flights as of a moment, joined with the features as they were at departure."""

from __future__ import annotations

import argparse
import io
import multiprocessing
import re
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor

import pandas as pd
import pyarrow as pa

from pipelines.flights import schema
from pipelines.flights.steps import features
from pipelines.flights.steps.features_transform import clean_flights
from pipelines.flights.steps.task import TASK
from pipelines.shared.steps import dataset, labels, offline, storage, tables

BATCH = re.compile(r"/batch=(\d{4}-\d{2})/")
WANTED = {
    "weather": list(schema.WEATHER_FEATURES),
    "lateness": ["late_share"],
    "planes": ["year", "seats"],
}


def main(argv: Sequence[str] | None = None) -> None:
    """Run the step."""
    given = dataset.arguments(argparse.ArgumentParser(description=__doc__), argv)
    as_of = tables.timestamp(given.as_of.strip() or given.now)
    for service in ("s3", "sagemaker"):
        storage.client(service)  # before others would make one each
    with _others() as pool:
        asked = {group: _ask(pool, given, group) for group in WANTED}
        flights, sources, etags = labelled(given.raw_bucket, given.artifacts_bucket, as_of)
    records, view = {}, {}
    for group, answer in asked.items():
        records[group], uri = answer.result()
        sources[f"{uri}/"] = f"{len(records[group])} records"
        view[f"{given.name_prefix}-{group}"] = {"uri": f"{uri}/", "features": WANTED[group]}
    keys = ["flight_id", "sched_dep", "landed_at", "late"]
    rows = flights[keys].join(features.model_rows(flights, records))
    dataset.write(rows, given, as_of, sources=sources, etags=etags, view=view)
    tables.say(f"{len(rows)} labelled flights before {as_of.isoformat()}")


def labelled(
    bucket: str, artifacts_bucket: str, as_of: pd.Timestamp
) -> tuple[pd.DataFrame, dict[str, str], dict[str, str]]:
    """Return the flights whose label was known before ``as_of``, their objects, and the ETags."""
    label_keys = labels.listed(TASK, bucket)
    months = [match[1] for key in label_keys if (match := BATCH.search(key))]
    raw = storage.listing(bucket, f"raw/{schema.USE_CASE}/")
    flight_keys = [f"raw/{schema.USE_CASE}/batch={month}/flights.csv" for month in months]
    if missing := [key for key in flight_keys if key not in raw]:
        tables.refuse(f"labels without flights: s3://{bucket}/ lacks {', '.join(missing)}")
    if not label_keys:
        tables.refuse(f"no labels below s3://{bucket}/{TASK.labels_prefix}")
    files = [(key, etag, typed_labels) for key, etag in label_keys.items()]
    files += [(key, raw[key], clean_flights) for key in flight_keys]
    with ThreadPoolExecutor(storage.THREADS) as pool:
        read = list(pool.map(lambda file: _once(bucket, artifacts_bucket, *file), files))
    truth = pd.concat(read[: len(label_keys)], ignore_index=True)
    flights = pd.concat(read[len(label_keys) :], ignore_index=True)
    sources = {f"s3://{bucket}/{key}": "labels" for key in label_keys}
    sources.update({f"s3://{bucket}/{key}": "flights" for key in flight_keys})
    etags = {f"s3://{bucket}/{key}": etag for key, etag, _ in files}
    return known_before(flights, truth, as_of), sources, etags


def typed_labels(raw: pd.DataFrame) -> pd.DataFrame:
    """Return the ground truth of a batch: when each flight landed and whether it was late."""
    landed = pd.to_datetime(raw["landed_at"], format="ISO8601").astype("datetime64[ns]")
    late = pd.to_numeric(raw["late"]).astype("int64")
    return pd.DataFrame({"flight_id": raw["flight_id"], "landed_at": landed, "late": late})


def known_before(flights: pd.DataFrame, truth: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return the flights with the label of the ground truth, those that landed before ``as_of``.

    Of a flight told twice the first row counts, of a label told twice the last.
    """
    late = labels.known(TASK, truth, as_of)[["flight_id", "late"]]
    once = flights.drop(columns="late").drop_duplicates("flight_id")
    known = once.merge(late, on="flight_id", how="inner")
    return known.sort_values("sched_dep", kind="stable", ignore_index=True)


def _others() -> Executor:
    """Return who reads the feature groups meanwhile: processes, for one has work for one core.

    They are forked before this process has threads. Elsewhere than on Linux forks are not safe.
    """
    if sys.platform != "linux":
        return ThreadPoolExecutor(len(WANTED))
    return ProcessPoolExecutor(len(WANTED), mp_context=multiprocessing.get_context("fork"))


def _ask(pool: Executor, given: argparse.Namespace, group: str) -> Future[tuple[pd.DataFrame, str]]:
    known = {str(one["name"]): one for one in schema.FEATURE_GROUPS}[group]
    return pool.submit(
        offline.read_group,
        f"{given.name_prefix}-{group}",
        str(known["record_identifier"]),
        WANTED[group],
        given.artifacts_bucket,
    )


def _once(
    bucket: str,
    artifacts_bucket: str,
    key: str,
    etag: str,
    make: Callable[[pd.DataFrame], pd.DataFrame],
) -> pd.DataFrame:
    """Return what ``make`` makes of a raw table, made once for each version of its file."""

    def table() -> pa.Table:
        (raw,) = storage.read(bucket, [key], _table)
        return pa.Table.from_pandas(make(raw), preserve_index=False)

    folder = f"offline/raw/{schema.USE_CASE}"
    kept = offline.kept(artifacts_bucket, folder, f"{offline.FORMAT}\n{key}\n{etag}", table)
    made: pd.DataFrame = kept.to_pandas()
    return made


def _table(body: bytes) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(body), dtype=str)


if __name__ == "__main__":
    main()
