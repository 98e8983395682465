"""The columns of a new use case: those of its source, or an example's."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from infra.explore.analysis import TableReport, analyse
from infra.explore.places import S3, files
from infra.explore.suggest import Declared, declared
from infra.new.errors import NewError
from pipelines.shared.tabular.declared import RESERVED
from stacks.errors import close_to

EXAMPLE = (
    Declared(name="row_id", kind="identifier"),
    Declared(name="observed_at", kind="time"),
    Declared(name="amount", kind="number", low=0.0, high=1000.0),
    Declared(name="visits", kind="number", low=0.0, high=60.0),
    Declared(name="age_days", kind="number", low=0.0, high=3650.0, missing=0.1),
    Declared(name="segment", kind="category", values=("large", "medium", "small")),
    Declared(name="channel", kind="category", missing=0.05),
)
"""What a use case begins with whose data is not at hand."""
CLASSES = {"binary": ("0", "1"), "multiclass": ("a", "b", "c"), "regression": ()}
MOST_CLASSES = 100
NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")


def of_source(
    place: str, *, label: str, problem: str, identifier: str | None, time: str | None
) -> tuple[tuple[Declared, ...], tuple[str, ...]]:
    """Return the columns of a source without its label, and the label's classes.

    A source on S3, or one that is not there yet, is not read: the columns are an example's.

    Raises:
        NewError: the source is no table of rows that have a name, a time and the label.
        ExploreError: it cannot be read.
    """
    if place.startswith(S3) or not Path(place).exists():
        if label in {one.name for one in EXAMPLE}:
            raise NewError(f"--label must be none of the example's columns, got {label!r}")
        return EXAMPLE, CLASSES[problem]
    tables = [one for one in analyse(files(place), label=label) if one.label is not None]
    if len(tables) != 1:
        raise NewError(f"{place}: label {label!r} must have values in one table, got {len(tables)}")
    (table,) = tables
    columns = {
        one.name: declared(one) for one in table.columns if one.name != label and one.present
    }
    for name in columns:
        if not NAME.fullmatch(name) or name in RESERVED:
            raise NewError(
                f"{place}: column {name!r} must be letters, digits and _, at most 64, and none of"
                f" {sorted(RESERVED)}"
            )
    named = _chosen(place, columns, "identifier", identifier)
    moment = _chosen(place, columns, "time", time)
    columns[named] = Declared(name=named, kind="identifier")
    columns[moment] = Declared(name=moment, kind="time")
    rest = [
        replace(one, kind="category", low=None, high=None) if one.kind == "identifier" else one
        for one in columns.values()
        if one.name not in {named, moment}
    ]
    return (columns[named], columns[moment], *rest), _classes(place, table, label, problem)


def _chosen(place: str, columns: dict[str, Declared], kind: str, given: str | None) -> str:
    """Return the column that names a row, or its time: the one given, or the only one."""
    if given is not None:
        if given not in columns:
            close = ", ".join(close_to(given, columns)) or ", ".join(columns)
            raise NewError(f"{place}: --{kind} must be a column, got {given!r}; {close}")
        return given
    fitting = [name for name, one in columns.items() if one.kind == kind]
    if len(fitting) == 1:
        return fitting[0]
    what = "names each row" if kind == "identifier" else "is the moment that a row is about"
    raise NewError(f"{place}: --{kind} must tell which column {what}, fitting are {fitting}")


def _classes(place: str, table: TableReport, label: str, problem: str) -> tuple[str, ...]:
    if problem == "regression":
        if table.column(label).kind not in {"integer", "number"}:
            kind = table.column(label).kind
            raise NewError(f"{place}: {label} must hold numbers for regression, got {kind}")
        return ()
    shares = table.label.shares if table.label is not None else {}
    most = 2 if problem == "binary" else MOST_CLASSES
    if not 2 <= len(shares) <= most:  # noqa: PLR2004 - a choice
        allowed = "2" if problem == "binary" else f"2-{most}"
        raise NewError(
            f"{place}: {label} must have {allowed} different values for {problem},"
            f" got {len(shares) or 'more'}"
        )
    return tuple(shares)
