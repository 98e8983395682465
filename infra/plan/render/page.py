"""The plan as a page that needs nothing else: no script, no font, no picture from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from infra.pictures.draw import svg
from infra.pictures.stack import of_stack
from infra.plan.gather import Side
from infra.plan.plan import Plan
from infra.plan.render.comment import overview, stopping, title
from infra.plan.render.safe import folds, unabridged, visible
from infra.plan.render.sections import sections


def whole(plan: Plan, pictures: Mapping[str, str]) -> str:
    """Return the page's HTML; ``pictures`` are SVG elements by stack, of this program's making."""
    with unabridged():
        return _whole(plan, pictures)


def _whole(plan: Plan, pictures: Mapping[str, str]) -> str:
    return (
        _templates()
        .get_template("page.html.j2")
        .render(
            stops=plan.stops,
            title=html(title(plan)),
            overview=html("\n\n".join(overview(plan))),
            stacks=[
                {
                    "name": visible(one.stack),
                    "picture": Markup(pictures.get(one.stack, "")),  # noqa: S704 - drawn here
                    "stopping": html("\n\n".join(stopping(one))),
                    "sections": [Markup("").join(_parts(section)) for section in sections(one)],
                }
                for one in plan.changed
            ],
        )
    )


def drawn(plan: Plan, base: Side, head: Side) -> dict[str, str]:
    """Return by stack the picture of its components, coloured by what becomes of them."""
    found = {}
    for one in plan.changed:
        snapshot = head.snapshots.get(one.stack) or base.snapshots.get(one.stack)
        if snapshot is not None:
            found[one.stack] = svg(of_stack(snapshot, changes=one.changes))
    return found


def html(text: str) -> Markup:
    """Return Markdown as HTML; HTML within it is shown, not obeyed."""
    return Markup(_markdown().render(text))  # noqa: S704 - markdown-it escapes HTML


def _parts(section: str) -> Iterator[Markup]:
    """Yield a section's HTML; what unfolds stays so."""
    for summary, text in folds(section):
        body = html(text)
        yield (
            Markup("<details open><summary>{}</summary>{}</details>").format(summary, body)
            if summary
            else body
        )


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
    )
