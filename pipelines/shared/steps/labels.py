"""The ground truth: where its files lie, and what was known at a moment."""

from __future__ import annotations

import io
from collections.abc import Collection

import pandas as pd

from pipelines.shared.steps import storage
from pipelines.shared.steps.task import LABELS_FILE, Task


def listed(task: Task, bucket: str) -> dict[str, str]:
    """Return the keys of the label files with their ETags, in order."""
    found = storage.listing(bucket, task.labels_prefix)
    return {key: etag for key, etag in found.items() if key.endswith(LABELS_FILE)}


def known(task: Task, labels: pd.DataFrame, moment: pd.Timestamp) -> pd.DataFrame:
    """Return the last word on each row, of the words said before ``moment``.

    ``labels`` has identifier, ``known_at`` (timestamps) and label, in order of arrival.
    """
    truth = labels.drop_duplicates(task.identifier, keep="last")
    return truth[truth[task.known_at] < moment]


def of(task: Task, bucket: str, wanted: Collection[str], moment: pd.Timestamp) -> pd.Series:
    """Return by identifier the labels of wanted rows, as far as known before ``moment``."""

    def asked(body: bytes) -> pd.DataFrame:
        kinds = {task.identifier: str} | ({task.label: str} if task.class_names else {})
        table = pd.read_csv(io.BytesIO(body), dtype=kinds)
        return table[table[task.identifier].isin(wanted)]

    parts = storage.read(bucket, listed(task, bucket), asked)
    if not parts:
        return pd.Series(dtype="float64")
    table = pd.concat(parts, ignore_index=True)
    moments = pd.to_datetime(table[task.known_at], format="ISO8601", utc=True)
    table[task.known_at] = moments.dt.tz_localize(None)
    found = known(task, table.dropna(subset=[task.label]), moment)
    numbers: pd.Series = task.numbers(found.set_index(task.identifier)[task.label])
    return numbers
