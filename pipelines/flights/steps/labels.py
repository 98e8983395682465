"""The ground truth: where its files lie, and what was known at a moment."""

from __future__ import annotations

import pandas as pd

from pipelines.flights import schema
from pipelines.flights.steps import storage


def listed(bucket: str) -> dict[str, str]:
    """Return the keys of the label files with their ETags, in order."""
    found = storage.listing(bucket, schema.LABELS_PREFIX)
    return {key: etag for key, etag in found.items() if key.endswith(schema.LABELS_FILE)}


def known(labels: pd.DataFrame, moment: pd.Timestamp) -> pd.DataFrame:
    """Return the last word on each flight, of those that landed before ``moment``.

    ``labels`` has ``flight_id``, ``landed_at`` (timestamps) and ``late``, in order of arrival.
    """
    truth = labels.drop_duplicates("flight_id", keep="last")
    return truth[truth["landed_at"] < moment]
