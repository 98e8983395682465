"""Tables, batch by batch: CSV as text, for what a column holds is found out; Parquet as typed."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from infra.explore.errors import ExploreError
from infra.explore.places import File

BATCH_ROWS = 65_536
BLOCK_BYTES = 8 << 20
HEAD_BYTES = 1 << 20
DELIMITERS = ",;\t|"
ALIKE = 0.5
"""Files are of one table where so much of their columns' names is the same (Jaccard)."""
NESTED = (pa.types.is_nested, pa.types.is_binary, pa.types.is_large_binary)


@dataclass(kw_only=True)
class Table:
    """Files of the same columns, and what was found while they were read."""

    name: str
    files: list[File]
    columns: list[str]
    """Of any of the files, in the first one's order."""
    nested: dict[str, str] = field(default_factory=dict)
    """Columns that hold no plain values, with their types; they are left out."""
    lacking: dict[str, list[str]] = field(default_factory=dict)
    """Columns that some files lack, with those files."""
    torn_rows: int = 0
    """Rows with another number of fields than the header, which are left out."""
    torn_example: str = ""


def tables(files: list[File]) -> list[Table]:
    """Sort files into tables by their columns.

    Raises:
        ExploreError: a file's header cannot be read.
    """
    found: list[Table] = []
    for file in files:
        columns, nested = _header(file)
        mine = next((one for one in found if _alike(one.columns, columns) >= ALIKE), None)
        if mine is None:
            mine = Table(name=_stem(file), files=[], columns=[])
            found.append(mine)
        if mine.files:
            before = [one.shown for one in mine.files]
            mine.lacking |= {other: before for other in columns if other not in mine.columns}
        for other in sorted(set(mine.columns) - set(columns)):
            mine.lacking.setdefault(other, []).append(file.shown)
        mine.columns += [name for name in columns if name not in mine.columns]
        mine.nested |= nested
        mine.files.append(file)
    for one in found:
        one.columns = [name for name in one.columns if name not in one.nested]
    return found


def batches(table: Table) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a table, with all its columns, in bounded memory.

    Raises:
        ExploreError: a file breaks what its format asks for.
    """
    for file in table.files:
        try:
            for batch in _parquet(file, table) if file.is_parquet else _csv(file, table):
                if batch.num_rows:
                    yield _complete(batch, table.columns)
        except (pa.ArrowInvalid, OSError, UnicodeDecodeError) as error:
            raise _told(file, error) from error


def _parquet(file: File, table: Table) -> Iterator[pa.RecordBatch]:
    with file.system.open_input_file(file.path) as source:
        opened = pq.ParquetFile(source)
        wanted = [name for name in opened.schema_arrow.names if name in table.columns]
        yield from opened.iter_batches(BATCH_ROWS, columns=wanted)


def _csv(file: File, table: Table) -> Iterator[pa.RecordBatch]:
    columns, delimiter = _csv_header(file)

    def torn(row: Any) -> str:  # noqa: ANN401 - pyarrow's
        table.torn_rows += 1
        table.torn_example = table.torn_example or (
            f"{file.shown}: {row.actual_columns} fields where the header has"
            f" {row.expected_columns}: {str(row.text)[:80]!r}"
        )
        return "skip"

    with file.system.open_input_stream(file.path) as source:
        reader = pyarrow.csv.open_csv(
            source,
            read_options=pyarrow.csv.ReadOptions(
                block_size=BLOCK_BYTES, column_names=columns, skip_rows=1, use_threads=False
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, invalid_row_handler=torn
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.string()), strings_can_be_null=False
            ),
        )
        for batch in reader:
            for start in range(0, batch.num_rows, BATCH_ROWS):
                yield batch.slice(start, BATCH_ROWS)


def _complete(batch: pa.RecordBatch, columns: list[str]) -> pa.RecordBatch:
    known = set(batch.schema.names)
    arrays = [
        batch.column(name) if name in known else pa.nulls(batch.num_rows, pa.string())
        for name in columns
    ]
    return pa.RecordBatch.from_arrays(arrays, names=columns)


def _header(file: File) -> tuple[list[str], dict[str, str]]:
    if not file.is_parquet:
        return _csv_header(file)[0], {}
    try:
        with file.system.open_input_file(file.path) as source:
            schema = pq.ParquetFile(source).schema_arrow
    except (pa.ArrowInvalid, OSError) as error:
        raise _told(file, error) from error
    if not schema.names:
        raise ExploreError(f"{file.shown}: must have a column, got none")
    nested = {one.name: str(one.type) for one in schema if any(is_(one.type) for is_ in NESTED)}
    return list(schema.names), nested


def _csv_header(file: File) -> tuple[list[str], str]:
    """Return the names of the columns and what stands between them."""
    try:
        with file.system.open_input_stream(file.path) as source:
            head = source.read(HEAD_BYTES)
    except OSError as error:
        raise _told(file, error) from error
    if not head.strip():
        raise ExploreError(f"{file.shown}: must hold a header and rows, got an empty file")
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raise ExploreError(f"{file.shown}: must be UTF-8, got UTF-16; {_CONVERT.format('UTF-16')}")
    try:
        line = head.splitlines()[0].decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ExploreError(
            f"{file.shown}: the header must be UTF-8, got the byte 0x{head[error.start]:02x} at"
            f" {error.start}; {_CONVERT.format('LATIN1')}"
        ) from error
    delimiter = max(DELIMITERS, key=line.count)
    names = [name.strip() for name in next(csv.reader([line], delimiter=delimiter))]
    names = [name or f"column_{place}" for place, name in enumerate(names, 1)]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ExploreError(f"{file.shown}: columns must have names of their own, got {twice} twice")
    return names, delimiter


_CONVERT = "convert it with iconv -f {} -t UTF-8"


def _told(file: File, error: Exception) -> ExploreError:
    text = str(error).splitlines()[0]
    if "invalid UTF8" in text or isinstance(error, UnicodeDecodeError):
        where = ""
        if "column #" in text:
            number = int(text.split("column #")[1].split(":")[0])
            where = f"column {_csv_header(file)[0][number]}: "
        return ExploreError(
            f"{file.shown}: {where}must be UTF-8, got other bytes; {_CONVERT.format('LATIN1')}"
        )
    kind = "Parquet" if file.is_parquet else "CSV"
    return ExploreError(f"{file.shown}: must be {kind} that can be read, got: {text[:300]}")


def _alike(one: list[str], other: list[str]) -> float:
    return len(set(one) & set(other)) / max(len(set(one) | set(other)), 1)


def _stem(file: File) -> str:
    name = file.path.rpartition("/")[2]
    return name.split(".")[0] or name
