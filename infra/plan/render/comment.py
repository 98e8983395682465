"""The one comment of a pull request: what to decide first, then the details, as many as fit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from infra.plan.plan import Plan, StackPlan
from infra.plan.render import resources, settings
from infra.plan.render.safe import capped, counted, fenced, inline
from infra.plan.render.sections import sections

MARKER: Final = "<!-- mlops-plan -->"
"""First line of the comment: by it the next run finds the one to replace."""
LONGEST: Final = 65_536
"""Characters that GitHub takes (pulumi/actions#482)."""
CUT: Final = (
    "\n\n**Cut here**: the rest is in the plan's page and JSON, kept as artifacts of this run.\n"
)


def comment(plan: Plan) -> str:
    """Return the whole comment; where it would be too long, details go first, stack by stack."""
    head = "\n\n".join([MARKER, title(plan), *overview(plan)])
    bodies = [(one, _body(one, full=True)) for one in plan.changed]
    short = [_body(one, full=False) for one in plan.changed]
    for kept in range(len(bodies), -1, -1):
        parts = [body for _, body in bodies[:kept]] + short[kept:]
        text = "\n\n".join([head, *parts])
        if kept < len(bodies):
            text += CUT
        if len(text) <= LONGEST:
            return text if text.endswith("\n") else text + "\n"
    return head[: LONGEST - len(CUT)] + CUT


def title(plan: Plan) -> str:
    """Return the heading, which says whether a person must decide."""
    if plan.stops:
        told = "**stops**: a person must decide"
    else:
        told = "may go on" if plan.changed else "changes nothing"
    commit = f" ({inline(plan.commit[:9])})" if plan.commit else ""
    against = f"Against {inline(plan.against)}{commit}, from the code alone."
    return f"## What this changes: {told}\n\n{against}"


def overview(plan: Plan) -> Iterator[str]:
    """Yield what is true of all stacks together."""
    if plan.changed:
        rows = [
            "| stack | resources | stops for |",
            "|---|---|---|",
            *(_row(one) for one in plan.changed),
        ]
        yield "\n".join(rows)
    unchanged = [inline(one.stack) for one in plan.stacks if one.status == "unchanged"]
    if unchanged:
        yield f"Unchanged: {', '.join(unchanged)}."
    if plan.unmatched:
        names = ", ".join(map(inline, plan.unmatched))
        yield f"Acknowledged, yet not lost: {names}."
    if told := settings.markdown(plan.settings):
        yield told
    yield from plan.notes


def _row(one: StackPlan) -> str:
    what = resources.summary(one.changes)
    told = {"new": f"new: {what}", "gone": f"gone: {what}", "fails": "does not evaluate"}
    reasons = counted(len(one.reasons), "reason") if one.reasons else ""
    return f"| {_cell(one.stack)} | {told.get(one.status, what)} | {reasons} |"


def _cell(text: str) -> str:
    return inline(text).replace("|", "\\|")


def _body(one: StackPlan, *, full: bool) -> str:
    parts = [f"### {inline(one.stack)}", *stopping(one)]
    found = list(sections(one))
    if full:
        parts += found
    else:
        parts += [section.split("\n", 1)[0] for section in found]
    return "\n\n".join(parts)


def stopping(one: StackPlan) -> Iterator[str]:
    """Yield why a stack's change must not go on as it is."""
    if one.failure:
        yield fenced(capped(one.failure.splitlines(), 20))
    for refused in one.refused[:10]:
        yield fenced(refused.splitlines()[:20])
    if one.losses:
        yield "**Would be lost or away**\n\n" + resources.losses(one.losses)
    if one.renames:
        yield "**Looks renamed**\n\n" + resources.renamed(one.renames)
