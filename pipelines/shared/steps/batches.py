"""Where the tables of a batch lie: one file each, or many below a folder of the table's name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from pipelines.shared.steps import storage

CHUNK_BYTES = 1 << 20


def files(known: Iterable[str], prefix: str, table: str) -> list[str]:
    """Return the keys of a table below a batch's prefix: ``flights.csv``, ``flights/*.csv``."""
    below = f"{prefix}{table}/"
    return sorted(
        key
        for key in known
        if key == f"{prefix}{table}.csv" or (key.startswith(below) and key.endswith(".csv"))
    )


def digest(bucket: str, keys: Iterable[str]) -> str:
    """Return the SHA-256 of some objects as if they were one, without holding any in memory."""
    seen = hashlib.sha256()
    for key in keys:
        body = storage.client("s3").get_object(Bucket=bucket, Key=key)["Body"]
        for chunk in body.iter_chunks(CHUNK_BYTES):
            seen.update(chunk)
    return seen.hexdigest()
