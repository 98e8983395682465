"""What a shadow's promotion must know of digits: an answer's scores, and the truth about them.

A promotion compares scores with yes or no. An image asks ten such questions, "is it a 3?" among
them: their area under the ROC curve is that of all classes together (micro-averaged). Names are
``<image>/<digit>``. Standard library only: Lambda's runtime has no pandas.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from pipelines.digits.schema import DIGITS, USE_CASE

PREFIX, FILE = f"labels/{USE_CASE}/", "/labels.csv"


def scores(answer: str) -> dict[str, float]:
    """Return the probability of each digit, by image and digit.

    Raises:
        ValueError: a line is not an image and its ten probabilities.
    """
    found = {}
    for line in answer.splitlines():
        image, *shares = line.rsplit(",", len(DIGITS))
        if len(shares) != len(DIGITS):
            raise ValueError(f"answer must be image_id and ten probabilities, got {line[:100]!r}")
        for digit, share in zip(DIGITS, shares, strict=True):
            found[f"{image}/{digit}"] = float(share)
    return found


def labels(s3: Any, bucket: str, wanted: Collection[str], until: datetime) -> dict[str, bool]:  # noqa: ANN401 - boto3's
    """Return whether each wanted image shows that digit, of those labelled before ``until``.

    Label files are read in order, and the last word on an image counts.
    """
    told: dict[str, tuple[datetime, int]] = {}
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=PREFIX)
    for key in (one["Key"] for page in pages for one in page.get("Contents", [])):
        if not key.endswith(FILE):
            continue
        body = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
        for row in csv.DictReader(io.StringIO(body)):
            told[row["image_id"]] = (_moment(row["labelled_at"]), int(float(row["digit"])))
    known = {image: digit for image, (when, digit) in told.items() if when < until}
    return {
        name: known[image] == int(digit)
        for name in wanted
        for image, _, digit in [name.rpartition("/")]
        if image in known
    }


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return found if found.tzinfo else found.replace(tzinfo=UTC)
