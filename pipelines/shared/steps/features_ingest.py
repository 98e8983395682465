"""Ingest: write the records to the feature groups, online and offline, and count what arrived."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd

from pipelines.shared.steps import lineage, storage, tables

BATCH = 25
"""Records that ``BatchWriteRecord`` takes in one call."""
ATTEMPTS = 6
PROGRESS = 2_000

Record = list[dict[str, str]]


def run(
    argv: Sequence[str] | None, groups: Sequence[Mapping[str, Any]], *, use_case: str, first: str
) -> None:
    """Run the step for these feature groups; ``first`` is the table that tells batches apart."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name-prefix", required=True, help="of the feature groups")
    parser.add_argument("--artifacts-bucket", required=True)
    parser.add_argument("--raw-bucket", required=True)
    parser.add_argument("--batch", type=Path, default=tables.PROCESSING / "input" / "batch")
    parser.add_argument("--input", type=Path, default=tables.PROCESSING / "input" / "records")
    parser.add_argument("--output", type=Path, default=tables.PROCESSING / "ingested")
    given = parser.parse_args(argv)
    counts = {}
    for group in groups:
        name = str(group["name"])
        records = as_records(tables.read(given.input, name), group["features"])
        counts[name] = ingest(f"{given.name_prefix}-{name}", records)
    batch = tables.read_json(given.batch / "batch.json")
    finish(batch, counts, given, use_case=use_case, first=first)


def finish(
    batch: dict[str, Any],
    counts: dict[str, int],
    given: argparse.Namespace,
    *,
    use_case: str,
    first: str,
) -> None:
    """Tell what was ingested, and remember the batch as ingested."""
    tables.write_json(given.output / "ingested.json", {"month": batch["month"], "records": counts})
    batch_uri = f"s3://{given.raw_bucket}/raw/{use_case}/batch={batch['month']}"
    lineage.contributed(
        {batch_uri: lineage.DATA_SET},
        {
            lineage.group_arn(f"{given.name_prefix}-{name}"): lineage.FEATURE_GROUP
            for name in counts
        },
    )
    # Last, so that a batch whose ingestion failed may be ingested again.
    storage.client("s3").put_object(
        Bucket=given.artifacts_bucket,
        Key=f"ingested/{use_case}/batch={batch['month']}.sha256",
        Body=batch["sha256"][f"{first}.csv"].encode(),
    )


def as_records(table: pd.DataFrame, kinds: Any) -> list[Record]:  # noqa: ANN401 - name to type
    """Return rows as Feature Store takes them: values as text, missing ones left out."""
    columns = []
    for name in table.columns:
        values = table[name]
        if kinds[name] == "Integral":
            values = values.astype("Int64")
        texts = values.astype("object").where(values.notna(), None).tolist()
        columns.append([None if text is None else str(text) for text in texts])
    names = list(table.columns)
    return [
        [
            {"FeatureName": name, "ValueAsString": text}
            for name, text in zip(names, row, strict=True)
            if text is not None
        ]
        for row in zip(*columns, strict=True)
    ]


def ingest(group: str, records: list[Record]) -> int:
    """Write every record and return their number.

    Raises:
        RuntimeError: some were still refused after several attempts.
    """
    runtime = storage.client("sagemaker-featurestore-runtime")
    # Images whose boto3 is older than the operation write one record at a time.
    size = BATCH if hasattr(runtime, "batch_write_record") else 1
    parts = [records[start : start + size] for start in range(0, len(records), size)]
    write: Callable[[list[Record]], None] = (
        (lambda part: write_batch(runtime, group, part))
        if size > 1
        else (lambda part: put(runtime, group, part[0]))
    )
    done, told = 0, 0
    with ThreadPoolExecutor(storage.THREADS) as pool:
        for part, _ in zip(parts, pool.map(write, parts), strict=True):
            done += len(part)
            if done - told >= PROGRESS:
                told = done
                tables.say(f"{group}: {done} of {len(records)} records")
    if done != len(records):
        raise RuntimeError(f"{group} must hold {len(records)} new records, got {done}")
    tables.say(f"{group}: {done} records")
    return done


def put(runtime: Any, group: str, record: Record) -> None:  # noqa: ANN401 - boto3's clients have no static type
    """Write one record."""
    runtime.put_record(FeatureGroupName=group, Record=record)


def write_batch(runtime: Any, group: str, records: list[Record]) -> None:  # noqa: ANN401 - as above
    """Write up to 25 records, and those left unprocessed again.

    Raises:
        RuntimeError: some were refused, or are still unprocessed after several attempts.
    """
    entries = [{"FeatureGroupName": group, "Record": record} for record in records]
    for attempt in range(ATTEMPTS):
        answer = runtime.batch_write_record(Entries=entries)
        if errors := answer.get("Errors"):
            raise RuntimeError(f"{group} refused {len(errors)} records, first: {errors[0]}")
        entries = answer.get("UnprocessedEntries") or []
        if not entries:
            return
        time.sleep(0.2 * 2**attempt)
    raise RuntimeError(f"{group}: {len(entries)} records unprocessed after {ATTEMPTS} attempts")
