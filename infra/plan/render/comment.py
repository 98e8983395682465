"""The one comment of a pull request: what to decide first, then the details, as many as fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from infra.plan.plan import Plan, StackPlan
from infra.plan.render import resources, settings
from infra.plan.render.safe import MARKER, capped, cell, counted, fenced, inline
from infra.plan.render.sections import sections

LONGEST: Final = 65_536
"""Characters that GitHub takes (pulumi/actions#482)."""
MAX_REASONS: Final = 5
CUT: Final = (
    "\n\n**Cut here**: the rest is in the plan's page and JSON, kept as artifacts of this run.\n"
)


def comment(plan: Plan) -> str:
    """Return the whole comment; where it would be too long, details go first, stack by stack."""
    head = "\n\n".join([MARKER, title(plan), *overview(plan)])
    stacks = sorted(plan.changed, key=lambda one: not one.reasons)
    full = [_body(one, sections(one)) for one in stacks]
    if len(text := "\n\n".join([head, *full]) + "\n") <= LONGEST:
        return text
    short = [_body(one, (told.split("\n", 1)[0] for told in sections(one))) for one in stacks]
    bare = [_reasons(one) for one in stacks]
    for most, least in ((full, short), (short, bare)):
        room = LONGEST - len(CUT) - len("\n\n".join([head, *least]))
        if room >= 0:
            return "\n\n".join([head, *_fitting(most, least, room)]) + CUT
    return head[: LONGEST - len(CUT)].rpartition("\n")[0] + CUT


def _fitting(most: Sequence[str], least: Sequence[str], room: int) -> Iterator[str]:
    """Yield the longer forms from the first one on, while there is ``room`` more for them."""
    for longer, shorter in zip(most, least, strict=True):
        room -= len(longer) - len(shorter)
        yield longer if room >= 0 else shorter


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
    yield from (inline(note, 400) for note in plan.notes)


def _row(one: StackPlan) -> str:
    what = resources.summary(one.changes)
    told = {"new": f"new: {what}", "gone": f"gone: {what}", "fails": "does not evaluate"}
    reasons = counted(len(one.reasons), "reason") if one.reasons else ""
    return f"| {cell(one.stack)} | {told.get(one.status, what)} | {reasons} |"


def _body(one: StackPlan, told: Iterable[str]) -> str:
    return "\n\n".join([f"### {inline(one.stack)}", *stopping(one), *told])


def _reasons(one: StackPlan) -> str:
    """Return why a stack stops, as the least that is said of it."""
    reasons = [f"- {inline(reason)}" for reason in one.reasons]
    return "\n\n".join([f"### {inline(one.stack)}", "\n".join(capped(reasons, MAX_REASONS))])


def stopping(one: StackPlan) -> Iterator[str]:
    """Yield why a stack's change must not go on as it is."""
    if one.failure:
        yield fenced(capped(one.failure.splitlines(), 20))
    refused = [fenced(capped(said.splitlines(), 20)) for said in one.refused]
    yield from capped(refused, 10)
    if one.losses:
        yield "**Would be lost or away**\n\n" + resources.losses(one.losses)
    if one.renames:
        yield "**Looks renamed**\n\n" + resources.renamed(one.renames)
