"""A file in pieces has the rows of the file, each once, wherever it is cut."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from pipelines.shared.steps import pieces, storage

BODY = b"name,city\n" + b"".join(b'n%d,"Li%s, x"\n' % (n, b"m" * (n % 7)) for n in range(40))


class Objects:
    """Objects in memory, read by range as S3 gives them."""

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}

    def get_object(self, **request: str) -> dict[str, Any]:
        assert request["Bucket"] == "raw"
        body = self.bodies[request["Key"]]
        first, last = request["Range"].removeprefix("bytes=").split("-")
        assert int(first) <= int(last) < len(body)
        return {"Body": io.BytesIO(body[int(first) : int(last) + 1])}


@pytest.fixture
def objects(monkeypatch: pytest.MonkeyPatch) -> Objects:
    found = Objects()
    monkeypatch.setattr(storage, "client", lambda service: {"s3": found}[service])
    monkeypatch.setattr(pieces, "TAIL_BYTES", 5)
    return found


def read(objects: Objects, size: int, **bodies: bytes) -> pd.DataFrame:
    objects.bodies = bodies
    sizes = {key: len(body) for key, body in bodies.items()}
    return pd.concat([pieces.read(piece) for piece in pieces.cut("raw", sizes, size)])


def plain(body: bytes) -> list[list[str]]:
    rows: list[list[str]] = pd.read_csv(io.BytesIO(body), dtype=str).to_numpy().tolist()
    return rows


@pytest.mark.parametrize("size", [1, 2, 7, 10, 16, 64, 10_000])
@pytest.mark.parametrize("body", [BODY, BODY[:-1], b"name,city\n", b"name,city\na,b"])
def test_pieces_of_any_size_hold_each_row_once(objects: Objects, size: int, body: bytes) -> None:
    table = read(objects, size, a=body)
    assert table.to_numpy().tolist() == plain(body)
    assert table.index.is_monotonic_increasing
    assert table.index.is_unique


def test_rows_of_several_files_are_numbered_in_the_order_of_the_files(objects: Objects) -> None:
    table = read(objects, 20, a=b"name\n1\n2\n", b=b"name\n", c=b"name\n3\n")
    assert table.sort_index()["name"].tolist() == ["1", "2", "3"]


def test_an_empty_file_is_a_table_without_columns(objects: Objects) -> None:
    assert list(read(objects, 20, a=b"").columns) == []


def test_a_line_break_in_a_field_is_refused_where_a_piece_ends_in_it(objects: Objects) -> None:
    body = b'name\nfirst\n"a\nb"\nlast\n'
    assert read(objects, 100, a=body)["name"].tolist() == ["first", "a\nb", "last"]
    with pytest.raises(ValueError, match="a field must not hold a line break: s3://raw/a"):
        read(objects, 13, a=body)


def test_the_columns_of_a_file_are_known_without_its_rows(objects: Objects) -> None:
    objects.bodies = {"a": BODY}
    header = pieces.header(SimpleNamespace(bucket="raw", key="a", size=len(BODY)))  # type: ignore[arg-type] # a piece as far as it is read
    assert (list(header.columns), len(header)) == (["name", "city"], 0)
