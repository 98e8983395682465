"""All sections of one stack's plan, in the order in which a reviewer decides."""

from __future__ import annotations

from collections.abc import Iterator

from infra.plan.plan import StackPlan
from infra.plan.render import permissions, pipelines, resources
from infra.plan.render.safe import details


def sections(one: StackPlan, *, limit: int = resources.MAX_LINES) -> Iterator[str]:
    """Yield each section that has something to say as Markdown; its first line is a summary."""
    if told := resources.markdown(one.changes, limit=limit):
        head, _, rest = told.partition("\n\n")
        yield f"{head}\n\n{details('Each of them', rest)}"
    yield from filter(
        None, (pipelines.markdown(one.pipelines), permissions.markdown(one.permissions))
    )
