"""The analysis of tables: one pass over all rows, then relations on a sample of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from infra.explore import relations
from infra.explore.columns import Column, ColumnReport
from infra.explore.distinct import Distinct, combined, hashed
from infra.explore.errors import ExploreError
from infra.explore.kinds import Parsed
from infra.explore.places import File
from infra.explore.relations import Correlations, LabelReport
from infra.explore.sample import Columns, Sample
from infra.explore.tables import Table, batches, tables
from stacks.errors import close_to

DUPLICATES = 1 << 20
"""Hashes of rows that are kept: repeated rows are counted exactly up to so many different ones."""


@dataclass(frozen=True, kw_only=True)
class TableReport:
    """What is known of a table."""

    name: str
    files: tuple[str, ...]
    rows: int
    columns: tuple[ColumnReport, ...]
    repeated_rows: int
    repeated_is_exact: bool
    torn_rows: int
    torn_example: str
    nested: dict[str, str]
    lacking: dict[str, tuple[str, ...]]
    sample_rows: int
    """Rows that relations are measured on."""
    correlations: Correlations
    label: LabelReport | None = None
    conflicts: int = 0
    """Rows of the sample that equal another in all features, but not in the label."""

    def column(self, name: str) -> ColumnReport:
        """Return a column by its name."""
        return next(one for one in self.columns if one.name == name)

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def analyse(
    files: list[File],
    *,
    label: str | None = None,
    problem: relations.Problem | None = None,
    said: Callable[[str], None] = lambda _: None,
) -> list[TableReport]:
    """Return what is known of the tables in some files.

    ``said`` is told how far it is.

    Raises:
        ExploreError: a file cannot be read, has no rows, or no table has the label.
    """
    found = tables(files)
    known = [name for table in found for name in table.columns]
    if label is not None and label not in known:
        close = close_to(label, known)
        raise ExploreError(
            f"{', '.join(dict.fromkeys(one.files[0].shown for one in found))}: label must be a"
            f" column, got {label!r}; "
            + (f"close to it: {', '.join(close)}" if close else f"there are {', '.join(known)}")
        )
    return [
        _table(table, label if label in table.columns else None, problem, said) for table in found
    ]


def _table(
    table: Table,
    label: str | None,
    problem: relations.Problem | None,
    said: Callable[[str], None],
) -> TableReport:
    columns = {name: Column(name) for name in table.columns}
    sample, repeated = Sample(table.columns), Distinct(DUPLICATES)
    for batch in batches(table):
        read = {
            name: columns[name].update(array)
            for name, array in zip(table.columns, batch.columns, strict=True)
        }
        if read:
            repeated.update(combined([hashes for _, hashes in read.values()]))
        sample.update(batch.num_rows, partial(_some, batch, read))
        said(f"{table.name}: {sample.rows:,} rows")
    if not sample.rows:
        raise ExploreError(f"{table.files[0].shown}: must hold rows below its header, got none")
    taken = sample.taken()
    reports = {
        name: one.report(_texts(taken[name][1]) if one.overflown else {})
        for name, one in columns.items()
    }
    numbers = {
        name: taken[name][0] for name, one in reports.items() if one.kind in {"integer", "number"}
    }
    told = None if label is None else _label(reports, taken, label, problem)
    return TableReport(
        name=table.name,
        files=tuple(one.shown for one in table.files),
        rows=sample.rows,
        columns=tuple(reports.values()),
        repeated_rows=repeated.repeated,
        repeated_is_exact=repeated.exact,
        torn_rows=table.torn_rows,
        torn_example=table.torn_example,
        nested=table.nested,
        lacking={name: tuple(where) for name, where in table.lacking.items()},
        sample_rows=min(sample.rows, sample.most),
        correlations=relations.correlations(
            {name: one for name, one in numbers.items() if not reports[name].is_identifier}
        ),
        label=told,
        conflicts=_conflicts(reports, taken, label) if label is not None else 0,
    )


def _some(
    batch: Any,  # noqa: ANN401 - pyarrow's
    read: dict[str, tuple[Parsed, Any]],
    places: Any,  # noqa: ANN401 - a numpy array
) -> Columns:
    """Return some rows of a batch: the numbers and the texts of each column."""
    found = {}
    for array, (name, (parsed, _)) in zip(batch.columns, read.items(), strict=True):
        texts = pc.utf8_trim_whitespace(array.take(pa.array(places)).cast("string"))
        known = pc.if_else(pa.array(parsed.there[places]), texts, "")
        found[name] = (parsed.aligned[places], known)
    return found


def _texts(values: Any) -> dict[str, int]:  # noqa: ANN401 - an arrow array
    """Return how often each text occurs, missing ones left out."""
    counted = pc.value_counts(values)
    names, counts = counted.field("values").to_pylist(), counted.field("counts").to_pylist()
    return {name: count for name, count in zip(names, counts, strict=True) if name}


def _label(
    reports: dict[str, ColumnReport],
    taken: Columns,
    label: str,
    problem: relations.Problem | None,
) -> LabelReport | None:
    """Return what is known of the label, ``None`` where no row has one."""
    report = reports[label]
    text = report.kind not in {"integer", "number"}
    there = _objects(taken[label][1]) != "" if text else ~np.isnan(taken[label][0])
    if not there.any():
        return None
    values = _objects(taken[label][1])[there] if text else taken[label][0][there]
    problem = problem or relations.problem_of(values, text=text)
    if problem == "regression" and text:
        raise ExploreError(
            f"{label}: must hold numbers for regression, got {report.kind}, e.g. {values[0]!r}"
        )
    shares, positive = {}, ""
    if problem == "regression":
        targets = values.astype(np.float64)[:, None]
    else:
        classes, counts = np.unique(values, return_counts=True)
        names = [str(one) if text else f"{one:g}" for one in classes]
        shares = {
            name: float(count / values.size) for name, count in zip(names, counts, strict=True)
        }
        positive = names[-1] if len(names) <= 2 else ""  # noqa: PLR2004 - yes and no
        frequent = np.argsort(-counts)[: relations.MOST_CLASSES]
        wanted = classes[-1:] if positive else classes[frequent[::-1]]
        targets = (values[:, None] == wanted[None, :]).astype(np.float64)
    return LabelReport(
        name=label,
        problem=problem,
        shares=shares,
        missing=report.missing,
        positive=positive,
        relations=tuple(
            sorted(
                (
                    _relation(one, taken[name], there, targets, regression=problem == "regression")
                    for name, one in reports.items()
                    if name != label and one.present and values.size >= relations.LEAST_ROWS
                ),
                key=lambda one: -one.score,
            )
        ),
    )


def _relation(
    report: ColumnReport,
    both: tuple[Any, Any],
    there: Any,  # noqa: ANN401 - a numpy array
    targets: Any,  # noqa: ANN401 - a numpy array
    *,
    regression: bool,
) -> relations.Relation:
    category = report.kind in {"text", "mixed", "boolean"}
    feature = _objects(both[1])[there] if category else both[0][there]
    return relations.relation(
        report.name, feature, targets, category=category, regression=regression
    )


def _conflicts(reports: dict[str, ColumnReport], taken: Columns, label: str) -> int:
    """Count rows whose features another row has with another label."""
    import pandas as pd  # noqa: PLC0415 - half a second

    features = [
        name
        for name, one in reports.items()
        if name != label and one.present and not one.is_identifier
    ]
    if not features:
        return 0
    hashes = combined([hashed(taken[name][1]) for name in features])
    labels = pd.Series(_objects(taken[label][1]))
    different = labels.groupby(hashes).transform("nunique")
    return int((different > 1).sum())


def _objects(texts: Any) -> Any:  # noqa: ANN401 - an arrow and a numpy array
    return texts.to_numpy(zero_copy_only=False).astype(object)
