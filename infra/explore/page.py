"""The analysis as one page that needs nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import jinja2

from infra.explore.analysis import TableReport
from infra.explore.drawings import histogram, label_by
from infra.explore.findings import LEAK, findings
from infra.explore.relations import Relation
from infra.explore.suggest import schema_of

TEMPLATE = "page.html.j2"


def page(tables: Sequence[TableReport], *, title: str, about: str = "") -> str:
    """Return the page; ``about`` is what is recorded of the use case."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(TEMPLATE).render(
        title=title,
        about=about,
        tables=[(table, findings(table)) for table in tables],
        exact=lambda table: all(one.distinct_is_exact for one in table.columns),
        missing=_missing,
        place=_place,
        relation=_relation,
        histogram=histogram,
        label_by=label_by,
        leak=LEAK,
        schema=schema_of,
        short=lambda value: f"{value:.4g}" if abs(value) < 1e4 else f"{value:,.0f}",  # noqa: PLR2004 - readable
    )


def _missing(table: TableReport) -> float:
    values = sum(one.rows for one in table.columns)
    return sum(one.missing for one in table.columns) / values if values else 0.0


def _place(table: TableReport, name: str) -> int:
    """Return which of the columns a name is, from 1; 0 for one that was left out."""
    names = [one.name for one in table.columns]
    return names.index(name) + 1 if name in names else 0


def _relation(table: TableReport, name: str) -> Relation | None:
    related = () if table.label is None else table.label.relations
    return next((one for one in related if one.feature == name), None)
