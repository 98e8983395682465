"""Extract: rows whose label was known before a moment, with their features of the offline store."""

from __future__ import annotations

import argparse
import io
from collections.abc import Sequence

import pandas as pd

from pipelines.shared.steps import dataset, labels, offline, storage, tables
from pipelines.shared.steps.task import Task
from pipelines.shared.tabular.declared import TABLE, Declared
from pipelines.shared.tabular.task import task as task_of


def run(argv: Sequence[str] | None, declared: Declared) -> None:
    """Run the step."""
    given = dataset.arguments(argparse.ArgumentParser(description=__doc__), argv)
    task = task_of(declared)
    as_of = tables.timestamp(given.as_of.strip() or given.now)
    truth, etags = labelled(given.raw_bucket, task, as_of)
    group = f"{given.name_prefix}-{TABLE}"
    features = list(task.features)
    records, uri = offline.read_group(group, task.identifier, features, given.artifacts_bucket)
    rows = labelled_rows(records, truth, task)
    dataset.write(
        rows,
        given,
        as_of,
        sources={**dict.fromkeys(etags, "labels"), f"{uri}/": f"{len(records)} records"},
        etags=etags,
        view={group: {"uri": f"{uri}/", "features": features}},
    )
    tables.say(f"{len(rows)} labelled rows before {as_of.isoformat()}")


def labelled(bucket: str, task: Task, as_of: pd.Timestamp) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the labels known before ``as_of`` as numbers, and the ETags of their files."""
    keys = labels.listed(task, bucket)
    if not keys:
        tables.refuse(f"no labels below s3://{bucket}/{task.labels_prefix}")
    parts = storage.read(bucket, keys, _text)
    table = pd.concat(parts, ignore_index=True)
    moments = pd.to_datetime(table[task.known_at], format="ISO8601", utc=True)
    table[task.known_at] = moments.dt.tz_localize(None)
    known = labels.known(task, table.dropna(subset=[task.label]), as_of)
    known = known.assign(**{task.label: task.numbers(known[task.label])})
    return known, {f"s3://{bucket}/{key}": etag for key, etag in keys.items()}


def labelled_rows(records: pd.DataFrame, truth: pd.DataFrame, task: Task) -> pd.DataFrame:
    """Return a row for each label that has a record, with the newest features of its row."""
    newest = records.sort_values("event_time", kind="stable").drop_duplicates("key", keep="last")
    rows = newest.rename(columns={"key": task.identifier, "event_time": task.time})
    wanted = [task.identifier, task.known_at, task.label]
    rows = rows.merge(truth[wanted], on=task.identifier, how="inner")
    for name in task.features:
        if name in task.categorical:
            rows[name] = rows[name].astype("object")
        else:
            rows[name] = rows[name].astype("float64")
    return rows.sort_values(task.time, kind="stable", ignore_index=True)


def _text(body: bytes) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(body), dtype=str)
