"""What a change breaks of the rules, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from infra.plan.findings import Policy
from infra.plan.render.safe import capped, details, inline
from infra.policy.findings import Finding

MAX_LINES: Final = 40


def markdown(section: Policy) -> str:
    """Return the section, its first line a summary; nothing where nothing changed or stops."""
    if not section:
        return ""
    counts = [(len(section.new), "new"), (len(section.mended), "mended")]
    counts.append((len(section.silenced), "no longer asked, by the stack's settings"))
    counts.append((sum(one.stops for one in section.standing), "there already that stop"))
    told = ", ".join(f"{count} {what}" for count, what in counts if count)
    parts = [f"**Policy**: {told}", "\n".join(capped([*_lines(section.new)], MAX_LINES))]
    if stopping := [one for one in section.standing if one.stops]:
        parts.append("There already, and stopping:\n\n" + _listed(stopping))
    if section.silenced:
        parts.append("No longer asked, by the stack's settings:\n\n" + _listed(section.silenced))
    if section.mended:
        parts.append(details("Mended", _listed(section.mended)))
    return "\n\n".join(filter(None, parts))


def _listed(found: Iterable[Finding]) -> str:
    return "\n".join(capped([*_lines(found)], MAX_LINES))


def _waived(one: Finding) -> str:
    if (told := one.waived) is None:
        return ""
    return f", waived until {told.expires} by {inline(told.owner)}: {inline(told.reason)}"


def _lines(found: Iterable[Finding]) -> Iterator[str]:
    ordered = sorted(found, key=lambda one: (not one.stops, one.waived is not None, one.rule))
    for rule, group in groupby(ordered, key=lambda one: one.rule):
        broken = list(group)
        yield f"- {inline(rule)} ({broken[0].source}), {broken[0].severity}: {broken[0].title}"
        for one in broken:
            yield f"  - {inline(one.says, 200)}{_waived(one)}"
        if not all(one.waived for one in broken):
            yield f"  - to do: {broken[0].remedy}"
