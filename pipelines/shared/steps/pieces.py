"""Pieces of raw files: ranges of bytes, each read by itself into the rows that begin in it."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from pipelines.shared.steps import storage

TAIL_BYTES = 1 << 16
"""Read at a time to find the end of a line."""
ROWS = 1 << 32
"""More rows than a piece can hold."""


@dataclass(frozen=True)
class Piece:
    """A range of a raw file."""

    number: int
    """Among the pieces of its table, in order."""
    bucket: str
    key: str
    start: int
    end: int
    """The first byte that is not in it."""
    size: int
    """Bytes of the whole file."""


def cut(bucket: str, sizes: Mapping[str, int], piece_bytes: int) -> list[Piece]:
    """Cut a table's files into pieces; an empty file is a piece, for its columns count."""
    ranges = [
        (key, start, min(start + piece_bytes, size), size)
        for key, size in sizes.items()
        for start in range(0, max(size, 1), piece_bytes)
    ]
    return [
        Piece(number=number, bucket=bucket, key=key, start=start, end=end, size=size)
        for number, (key, start, end, size) in enumerate(ranges)
    ]


def read(piece: Piece) -> pd.DataFrame:
    """Return the rows that begin in a piece, every field text; the index numbers rows of the table.

    Raises:
        ValueError: a field with a line break in it lies across the piece's end.
    """
    names = _line(piece, 0)
    start = piece.start and _line_start(piece, piece.start)
    end = _line_start(piece, piece.end)
    body = _bytes(piece, start, end)
    if body.count(b'"') % 2:
        raise ValueError(
            f"a field must not hold a line break: s3://{piece.bucket}/{piece.key},"
            f" bytes {start} to {end}"
        )
    rows = _parse(body if piece.start == 0 else names + body)
    rows.index = pd.RangeIndex(piece.number * ROWS, piece.number * ROWS + len(rows))
    return rows


def header(piece: Piece) -> pd.DataFrame:
    """Return a table without rows, with the columns of a piece's file."""
    return _parse(_line(piece, 0)).iloc[:0]


def _parse(body: bytes) -> pd.DataFrame:
    try:
        return pd.read_csv(io.BytesIO(body), dtype=str)
    except pd.errors.EmptyDataError:
        return pd.DataFrame()


def _line(piece: Piece, start: int) -> bytes:
    return _bytes(piece, start, _line_start(piece, start + 1))


def _line_start(piece: Piece, at: int) -> int:
    """Return where the first line begins that begins at a byte or after it."""
    position = max(at - 1, 0)
    while position < piece.size:
        chunk = _bytes(piece, position, min(position + TAIL_BYTES, piece.size))
        found = chunk.find(b"\n")
        if found >= 0:
            return position + found + 1
        position += len(chunk)
    return piece.size


def _bytes(piece: Piece, start: int, end: int) -> bytes:
    if end <= start:
        return b""
    answer = storage.client("s3").get_object(
        Bucket=piece.bucket, Key=piece.key, Range=f"bytes={start}-{end - 1}"
    )
    body: bytes = answer["Body"].read()
    return body
