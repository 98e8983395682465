"""Requests of lines, CSV with a header or JSON, and bodies of whole lines."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pipelines.shared.scoring.errors import RequestError

JSON_LINES = ("application/jsonlines", "application/x-ndjson", "application/json")


def read(body: str, content_type: str, fields: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of a request, CSV that names ``fields`` in its header or JSON lines.

    Raises:
        RequestError: it is neither.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "text/csv":
        return _csv_rows(body, fields)
    if kind in JSON_LINES:
        return json_rows(body)
    raise RequestError(
        "must be text/csv or application/jsonlines", field="Content-Type", value=kind
    )


def _csv_rows(body: str, fields: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    reader = csv.DictReader(io.StringIO(body), restkey="", strict=True)
    if missing := [name for name in fields if name not in (reader.fieldnames or [])]:
        raise RequestError(f"header must name {missing}", value=reader.fieldnames)
    try:
        yield from reader
    except csv.Error as error:
        raise RequestError(f"must be CSV: {error}", row=reader.line_num) from error


def json_rows(body: str) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of a request of JSON lines.

    Raises:
        RequestError: a line is no object.
    """
    lines = (line for line in body.splitlines() if line.strip())
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
        except ValueError as error:
            raise RequestError(f"must be a JSON object on one line: {error}", row=number) from error
        if not isinstance(row, dict):
            raise RequestError("must be a JSON object on one line", row=number, value=row)
        yield row


def check_unique(rows: Iterable[Mapping[str, Any]], identifier: str) -> None:
    """Refuse a request that names a row twice.

    Raises:
        RequestError: it does.
    """
    seen: dict[str, int] = {}
    for number, row in enumerate(rows, 1):
        first = seen.setdefault(row[identifier], number)
        if first != number:
            raise RequestError(
                f"must be unique, is also that of row {first}",
                row=number,
                field=identifier,
                value=row[identifier],
            )


def parts(lines: Iterable[str], max_bytes: int) -> Iterator[bytes]:
    """Yield bodies of whole lines, each of at most ``max_bytes`` (a longer line goes alone)."""
    body: list[bytes] = []
    size = 0
    for line in lines:
        encoded = line.encode() + b"\n"
        if body and size + len(encoded) > max_bytes:
            yield b"".join(body)
            body, size = [], 0
        body.append(encoded)
        size += len(encoded)
    if body:
        yield b"".join(body)
