"""All sections of one stack's plan, in the order in which a reviewer decides."""

from __future__ import annotations

from collections.abc import Iterator

from infra.plan.plan import StackPlan
from infra.plan.render import capacity, findings, permissions, pipelines, prices, resources
from infra.plan.render.safe import details


def sections(one: StackPlan) -> Iterator[str]:
    """Yield each section that has something to say as Markdown; its first line is a summary."""
    if told := resources.markdown(one.changes):
        first, _, each = told.partition("\n\n")
        yield f"{first}\n\n{details('Each of them', each)}"
    rest = (
        findings.markdown(one.policy),
        permissions.markdown(one.permissions),
        pipelines.markdown(one.pipelines),
        capacity.markdown(one.capacity) if one.capacity else "",
        prices.markdown(one.money) if one.money else "",
    )
    yield from filter(None, rest)
