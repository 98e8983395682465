"""What a shadow's promotion must know of flights: an answer's scores, and the truth about them.

Standard library only: Lambda's runtime has no pandas. ``pipelines/shared/steps/labels.py`` is the
same truth for steps.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from pipelines.flights.schema import LABELS_PREFIX


def scores(answer: str) -> dict[str, float]:
    """Return the probability of being late by flight.

    Raises:
        ValueError: a line is not ``flight_id,probability``.
    """
    found = {}
    for line in answer.splitlines():
        flight, comma, probability = line.rpartition(",")
        if not comma:
            raise ValueError(f"answer must be flight_id,probability, got {line[:100]!r}")
        found[flight] = float(probability)
    return found


def labels(s3: Any, bucket: str, wanted: Collection[str], until: datetime) -> dict[str, bool]:  # noqa: ANN401 - boto3's
    """Return whether each wanted flight was late, of those that landed before ``until``.

    Label files are read in order, and the last word on a flight counts.
    """
    told: dict[str, tuple[datetime, bool]] = {}
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=LABELS_PREFIX)
    for key in (one["Key"] for page in pages for one in page.get("Contents", [])):
        if not key.endswith("/labels.csv"):
            continue
        body = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
        for row in csv.DictReader(io.StringIO(body)):
            if row["flight_id"] in wanted:
                told[row["flight_id"]] = (_moment(row["landed_at"]), float(row["late"]) > 0)
    return {flight: late for flight, (landed_at, late) in told.items() if landed_at < until}


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return found if found.tzinfo else found.replace(tzinfo=UTC)
