"""What the values of a column are: numbers, moments, truths or text, found value by value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Kind = Literal["integer", "number", "boolean", "time", "text"]
MISSING = ("", "na", "n/a", "#n/a", "nan", "null", "none", "<na>")
"""Read as a missing value, in capital letters, too."""
TRUE, FALSE = ("true", "yes", "t", "y"), ("false", "no", "f", "n")
_INTEGER = r"^[+-]?\d{1,18}$"
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_TIME = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$"
_PADDED = r"^0\d+$"


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """The values of one batch of a column, by what they are."""

    rows: int
    missing: int
    counts: dict[Kind, int]
    """How many values are of each kind; none is counted twice."""
    numbers: Any
    """``float64`` of the integers, numbers and truths, in order."""
    times: Any
    """``datetime64[us]`` in UTC, in order."""
    texts: Any
    """An arrow array of all values as text, where any is one; else ``None``."""
    aligned: Any
    """``float64`` for each row: the number, or the microseconds of the moment, else NaN."""
    there: Any
    """Whether each row has a value."""
    text: str = ""
    """The first value that is text and nothing else."""
    padded: int = 0
    """Integers with zeros before them: codes, not numbers."""


def parse(column: pa.Array) -> Parsed:
    """Read a batch of a column, typed or as text."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    kind = _declared(column.type)
    if kind is None:
        return _parse_text(column.cast(pa.string()))
    rows, present = len(column), column.drop_null()
    if kind == "time":
        whole = column.cast(pa.timestamp("us"), safe=False)
        times = whole.drop_null().to_numpy(zero_copy_only=False)
        aligned = _of_times(whole)
        numbers: Any = np.empty(0)
    else:
        floats = column.cast(pa.uint8()) if kind == "boolean" else column
        aligned = floats.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        numbers, times = aligned[~np.isnan(aligned)], np.empty(0, "datetime64[us]")
        present = numbers
    return Parsed(
        rows=rows,
        missing=rows - len(present),
        counts={kind: len(present)},
        numbers=numbers,
        times=times,
        texts=None,
        aligned=aligned,
        there=~np.isnan(aligned),
    )


def _declared(type_: Any) -> Kind | None:  # noqa: ANN401 - pyarrow's
    """Return what a type of Parquet says, ``None`` for text."""
    is_: tuple[tuple[Callable[[Any], bool], Kind], ...] = (
        (pa.types.is_boolean, "boolean"),
        (pa.types.is_integer, "integer"),
        (pa.types.is_floating, "number"),
        (pa.types.is_decimal, "number"),
        (pa.types.is_timestamp, "time"),
        (pa.types.is_date, "time"),
    )
    return next((kind for holds, kind in is_ if holds(type_)), None)


def _parse_text(column: pa.Array) -> Parsed:
    values = pc.utf8_trim_whitespace(column.fill_null(""))
    absent = pc.is_in(values, value_set=pa.array(sorted(_cases(MISSING))))
    present = values.filter(pc.invert(absent))
    rows, there = len(values), len(present)
    places = np.flatnonzero(~absent.to_numpy(zero_copy_only=False))
    aligned = np.full(rows, np.nan)
    counts: dict[Kind, int] = {}
    numbers: list[Any] = []
    times: Any = np.empty(0, "datetime64[us]")
    padded = 0
    rest, where = present, places
    for kind, read in _READERS:
        if not len(rest):
            break
        found, values_of = read(rest)
        if not found.any():
            continue
        counts[kind] = int(found.sum())
        aligned[where[found]] = values_of.astype("int64") if kind == "time" else values_of
        if kind == "time":
            times = values_of
        else:
            numbers.append(values_of)
        if kind == "integer":
            whole = rest.filter(pa.array(found))
            padded = pc.sum(pc.match_substring_regex(whole, _PADDED)).as_py() or 0
        rest, where = rest.filter(pa.array(~found)), where[~found]
    if len(rest):
        counts["text"] = len(rest)
    return Parsed(
        rows=rows,
        missing=rows - there,
        counts=counts,
        numbers=np.concatenate(numbers) if numbers else np.empty(0),
        times=times,
        texts=present if "text" in counts or "boolean" in counts else None,
        aligned=aligned,
        there=~absent.to_numpy(zero_copy_only=False),
        text=str(rest[0])[:60] if len(rest) else "",
        padded=padded,
    )


def _integers(values: pa.Array) -> tuple[Any, Any]:
    return _cast(values, _INTEGER, pa.int64())


def _floats(values: pa.Array) -> tuple[Any, Any]:
    return _cast(values, _NUMBER, pa.float64())


def _cast(values: pa.Array, pattern: str, type_: Any) -> tuple[Any, Any]:  # noqa: ANN401 - pyarrow's
    """Return which values are of a type and those, as ``float64``; mostly all are or none is."""
    try:
        every = pc.cast(values, type_).cast(pa.float64(), safe=False)
        found = every.to_numpy(zero_copy_only=False)
        if np.isfinite(found).all():
            return np.ones(len(values), bool), found
    except pa.ArrowInvalid:
        pass
    like = pc.match_substring_regex(values, pattern).to_numpy(zero_copy_only=False)
    those = values.filter(pa.array(like)).cast(type_).cast(pa.float64(), safe=False)
    return like, those.to_numpy(zero_copy_only=False)


def _truths(values: pa.Array) -> tuple[Any, Any]:
    lower = pc.utf8_lower(values)
    true = pc.is_in(lower, value_set=pa.array(TRUE)).to_numpy(zero_copy_only=False)
    false = pc.is_in(lower, value_set=pa.array(FALSE)).to_numpy(zero_copy_only=False)
    found = true | false
    return found, true[found].astype(np.float64)


def _times(values: pa.Array) -> tuple[Any, Any]:
    like = pc.match_substring_regex(values, _TIME).to_numpy(zero_copy_only=False)
    if not like.any():
        return like, np.empty(0, "datetime64[us]")
    those = values.filter(pa.array(like)).to_pandas()
    read = pd.to_datetime(those, format="ISO8601", errors="coerce", utc=True).dt.tz_localize(None)
    good = read.notna().to_numpy()
    found = like.copy()
    found[np.flatnonzero(like)[~good]] = False
    return found, read[good].to_numpy().astype("datetime64[us]")


_READERS: tuple[tuple[Kind, Callable[[pa.Array], tuple[Any, Any]]], ...] = (
    ("integer", _integers),
    ("number", _floats),
    ("boolean", _truths),
    ("time", _times),
)


def _of_times(column: pa.Array) -> Any:  # noqa: ANN401 - a numpy array
    whole = column.cast(pa.timestamp("us")).cast(pa.int64())
    return whole.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)


def _cases(words: tuple[str, ...]) -> set[str]:
    return {form for word in words for form in (word, word.upper(), word.capitalize(), "NaN")}
