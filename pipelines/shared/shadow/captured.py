"""What production and shadow answered to the same requests, from captured traffic in S3.

SageMaker writes ``PREFIX/ENDPOINT/VARIANT/yyyy/mm/dd/hh/*.jsonl``, a shadow's beside production's
(AWS: "Capture data from real-time endpoint"). Of what it writes only the caller's ``InferenceId``
is documented to be that of the request; an ``eventId`` is each capture's own.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from pipelines.shared.serving import sample

MAX_ROWS = 400_000
"""Days are read from the newest back until there are as many: some 200 MiB."""
THREADS = 8
Scores = Callable[[str], Mapping[str, float]]
"""What reads an answer: scores by what identifies a row."""


class Pair(NamedTuple):
    """The scores of one row."""

    production: float
    shadow: float


@dataclass
class Compared:
    """What was found; of a row asked about again the newest counts."""

    since: datetime
    """From where on captures were read."""
    requests: int = 0
    unidentified: int = 0
    unreadable: int = 0
    rows: dict[str, Pair] = field(default_factory=dict)

    @property
    def mean_difference(self) -> float | None:
        """Return the mean distance of the two scores."""
        if not self.rows:
            return None
        return sum(abs(one.production - one.shadow) for one in self.rows.values()) / len(self.rows)


@dataclass(frozen=True)
class Place:
    """Where the captures of one endpoint lie, and its two variants."""

    bucket: str
    prefix: str
    """Up to the variant, without a slash at its end."""
    production: str
    shadow: str


def compare(s3: Any, place: Place, since: datetime, until: datetime, scores: Scores) -> Compared:  # noqa: ANN401 - boto3's
    """Return the answers that both variants gave from ``since`` to before ``until``.

    Raises:
        botocore.exceptions.ClientError: a capture cannot be read.
    """
    found = Compared(since)
    # An answer may be captured in the day after the other: what found no partner waits for it.
    waiting: tuple[dict[str, str], dict[str, str]] = ({}, {})
    with ThreadPoolExecutor(THREADS) as pool:
        for day in _days(since, until):
            for side, variant in enumerate((place.production, place.shadow)):
                keys = _keys(s3, place, variant, day)
                bodies = pool.map(lambda key: _read(s3, place.bucket, key), reversed(keys))
                for line in (line for body in bodies for line in reversed(body.splitlines())):
                    _take(found, waiting, side, line, (since, until), scores)
            if len(found.rows) >= MAX_ROWS:
                found.since = max(since, day)
                break
    return found


def _take(  # noqa: PLR0913, PLR0917 - one line's surroundings
    found: Compared,
    waiting: tuple[dict[str, str], dict[str, str]],
    side: int,
    line: bytes,
    window: tuple[datetime, datetime],
    scores: Scores,
) -> None:
    if not line.strip():
        return
    capture = json.loads(line)
    metadata = capture["eventMetadata"]
    if sample.MARK in metadata.get("customAttributes", ()):
        return  # asked by a check of the endpoint
    # A request that a model refused has no output.
    output = capture["captureData"].get("endpointOutput")
    moment = datetime.fromisoformat(metadata["inferenceTime"].replace("Z", "+00:00"))
    if output is None or not window[0] <= moment < window[1]:
        return
    name = metadata.get("inferenceId")
    if name is None:
        found.unidentified += 1
        return
    partner = waiting[1 - side].pop(name, None)
    if partner is None:
        waiting[side].setdefault(name, _text(output))
        return
    answers = (partner, _text(output)) if side else (_text(output), partner)
    found.requests += 1
    try:
        production, shadow = scores(answers[0]), scores(answers[1])
    except ValueError:
        found.unreadable += 1
        return
    for row in production.keys() & shadow.keys():
        found.rows.setdefault(row, Pair(production[row], shadow[row]))


def _text(output: Mapping[str, Any]) -> str:
    data = str(output["data"])
    if output.get("encoding") == "BASE64":
        return base64.b64decode(data).decode("utf-8", "replace")
    return data


def _days(since: datetime, until: datetime) -> Iterator[datetime]:
    day = until.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    while day + timedelta(days=1) > since:
        yield day
        day -= timedelta(days=1)


def _keys(s3: Any, place: Place, variant: str, day: datetime) -> list[str]:  # noqa: ANN401 - boto3's
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=place.bucket, Prefix=f"{place.prefix}/{variant}/{day:%Y/%m/%d}/"
    )
    return [one["Key"] for page in pages for one in page.get("Contents", [])]


def _read(s3: Any, bucket: str, key: str) -> bytes:  # noqa: ANN401 - boto3's
    body: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    return body
