"""What a shadow's promotion must know of a binary use case on one table.

Standard library only: Lambda's runtime has no pandas.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pipelines.shared.tabular.declared import Declared


@dataclass(frozen=True)
class Evidence:
    """An answer's scores, and the truth about them."""

    declared: Declared

    def scores(self, answer: str) -> dict[str, float]:
        """Return the probability of each row.

        Raises:
            ValueError: a line is no name and number, or the label is not one of two.
        """
        self._check()
        found = {}
        for line in answer.splitlines():
            name, comma, probability = line.rpartition(",")
            if not comma:
                raise ValueError(f"answer must be a name and a probability, got {line[:100]!r}")
            found[name] = float(probability)
        return found

    def labels(
        self,
        s3: Any,  # noqa: ANN401 - boto3's
        bucket: str,
        wanted: Collection[str],
        until: datetime,
    ) -> dict[str, bool]:
        """Return whether each wanted row is of the second class, as far as known before ``until``.

        Label files are read in order, and the last word on a row counts.

        Raises:
            ValueError: the label is not one of two.
        """
        self._check()
        told: dict[str, tuple[datetime, bool]] = {}
        prefix = f"labels/{self.declared.use_case}/"
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        for key in (one["Key"] for page in pages for one in page.get("Contents", [])):
            if not key.endswith("/labels.csv"):
                continue
            body = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
            for row in csv.DictReader(io.StringIO(body)):
                if (name := row[self.declared.identifier]) in wanted:
                    is_second = row[self.declared.label] == self.declared.classes[1]
                    told[name] = (_moment(row["known_at"]), is_second)
        return {name: label for name, (known_at, label) in told.items() if known_at < until}

    def _check(self) -> None:
        if self.declared.problem != "binary":
            raise ValueError(
                f"a shadow is promoted on labels that are one of two, got {self.declared.problem}"
            )


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return found if found.tzinfo else found.replace(tzinfo=UTC)
