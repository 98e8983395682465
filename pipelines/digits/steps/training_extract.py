"""Extract: the newest labelled images as of a moment, with what was measured of them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import pandas as pd

from pipelines.digits import schema
from pipelines.digits.steps import pixels
from pipelines.digits.steps.task import TASK
from pipelines.shared.steps import dataset, labels, offline, storage, tables

WINDOW = pd.Timedelta(days=62)
"""Images older than this before the newest one are not trained on: cameras change."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run the step."""
    given = dataset.arguments(argparse.ArgumentParser(description=__doc__), argv)
    as_of = tables.timestamp(given.as_of.strip() or given.now)
    (group,) = schema.FEATURE_GROUPS
    name = f"{given.name_prefix}-{group['name']}"
    columns = ["camera", "file", "position", *schema.MEASUREMENTS]
    records, uri = offline.read_group(name, TASK.identifier, columns, given.artifacts_bucket)
    records = records.drop_duplicates("key", keep="last").rename(
        columns={"key": TASK.identifier, "event_time": TASK.time}
    )
    told = labels.listed(TASK, given.raw_bucket)
    truth = labels.of(TASK, given.raw_bucket, set(records[TASK.identifier]), as_of)
    if truth.empty:
        tables.refuse(f"no labels below s3://{given.raw_bucket}/{TASK.labels_prefix}")
    rows = newest(records, truth)
    rows[pixels.COLUMN] = pixels.packed(pixels.fetched(given.raw_bucket, rows))
    root = f"s3://{given.raw_bucket}"
    used = set(rows["file"])
    held = storage.listing(given.raw_bucket, f"raw/{schema.USE_CASE}/")
    etags = {key: etag for key, etag in {**told, **held}.items() if key in told or key in used}
    dataset.write(
        rows,
        given,
        as_of,
        sources={
            **{f"{root}/{key}": "labels" if key in told else "images" for key in etags},
            f"{uri}/": f"{len(records)} records",
        },
        etags={f"{root}/{key}": etag for key, etag in etags.items()},
        view={name: {"uri": f"{uri}/", "features": columns}},
    )
    tables.say(f"{len(rows)} labelled images before {as_of.isoformat()}")


def newest(records: pd.DataFrame, truth: pd.Series) -> pd.DataFrame:
    """Return the images whose label is known, in order of time, those of the window alone."""
    rows = records[records[TASK.identifier].isin(truth.index)].copy()
    rows[TASK.label] = rows[TASK.identifier].map(truth).astype("int64")
    rows = rows.sort_values([TASK.time, TASK.identifier], ignore_index=True)
    recent: pd.DataFrame = rows[rows[TASK.time] >= rows[TASK.time].max() - WINDOW]
    return recent.reset_index(drop=True)


if __name__ == "__main__":
    main()
