"""The scoring function of a use case on one table: names in, predictions out.

What the model needs of a row lies in the online store; a request names rows.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipelines.shared.scoring import lines
from pipelines.shared.scoring.errors import ModelError, RequestError
from pipelines.shared.scoring.use_case import Records
from pipelines.shared.tabular.declared import TABLE, Declared

_NAME = re.compile(r"[^,\"\s][^,\"\r\n]{0,127}")


class Rows:
    """Rows of the table, by their names."""

    rows = TABLE
    content_type = "text/csv"

    def __init__(self, declared: Declared) -> None:
        self._declared = declared
        self.identifier = declared.identifier
        self.features: Mapping[str, Sequence[str]] = {TABLE: tuple(declared.features)}

    def read(self, body: bytes, content_type: str) -> list[Mapping[str, Any]]:
        """Return the rows in the order of the request.

        Raises:
            RequestError: it is not CSV or JSON lines, names no row, one twice, or something else.
        """
        try:
            text = body.decode()
        except ValueError as error:
            raise RequestError(f"body must be UTF-8: {error}") from error
        found: list[Mapping[str, Any]] = []
        for number, row in enumerate(lines.read(text, content_type, [self.identifier]), 1):
            if unknown := sorted(row.keys() - {self.identifier}):
                raise RequestError("is not a field of a request", row=number, field=unknown[0])
            name = str(row.get(self.identifier) or "").strip()
            if not _NAME.fullmatch(name):
                rule = "must be 1-128 characters, no comma or quote"
                raise RequestError(rule, row=number, field=self.identifier, value=name)
            found.append({self.identifier: name})
        if not found:
            raise RequestError("request must name at least one row, got none")
        lines.check_unique(found, self.identifier)
        return found

    def keys(self, one: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Return group and identifier of a row's record."""
        return [(TABLE, one[self.identifier])]

    def bodies(
        self, asked: Sequence[Mapping[str, Any]], records: Records, max_bytes: int
    ) -> Iterator[bytes]:
        """Yield bodies of lines, one for each row."""
        return lines.parts((self._line(one, records) for one in asked), max_bytes)

    def predictions(self, body: bytes) -> list[dict[str, Any]]:
        """Return name and prediction of each line.

        Raises:
            ModelError: a line is no such pair.
        """
        return [self._prediction(line) for line in body.decode().splitlines() if line]

    def missing(self, asked: Sequence[Mapping[str, Any]], records: Records) -> dict[str, int]:
        """Return for how many rows there is no record."""
        return {TABLE: sum((TABLE, one[self.identifier]) not in records for one in asked)}

    def _line(self, one: Mapping[str, Any], records: Records) -> str:
        record = records.get((TABLE, one[self.identifier]), {})
        written = io.StringIO()
        values = (record.get(name, "") for name in self._declared.features)
        csv.writer(written, lineterminator="").writerow([one[self.identifier], *values])
        return written.getvalue()

    def _prediction(self, line: str) -> dict[str, Any]:
        name, comma, said = line.rpartition(",")
        try:
            value = float(said)
        except ValueError:
            comma = ""
        if not comma:
            raise ModelError(
                f"model answered {line[:100]!r} where a name and a number was expected"
            )
        found: dict[str, Any] = {self.identifier: name, "prediction": value}
        if self._declared.problem == "multiclass":
            found["prediction"] = self._declared.classes[int(value)]
        return found
