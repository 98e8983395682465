"""What a change costs, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from infra.plan.prices import Cost, Money, RunCost
from infra.plan.render.safe import capped, inline, listed

MAX_LINES: Final = 30


def markdown(section: Money) -> str:
    """Return the section, its first line a summary; nothing where nothing that costs changed."""
    if not section:
        return ""
    if not section.priced:
        return f"**Cost**: not known: {inline(section.source, 400)}"
    lines = [
        f"- {one.kind}: {_moved(one.base, one.head)}{_delta(one)}{_most(one.head, one.head_most)}"
        for one in section.kinds
        if one.base != one.head
    ]
    lines += [line for one in section.runs for line in _run(one)]
    if section.unpriced:
        names = listed([inline(name) for name in section.unpriced])
        lines.append(f"- without a price in the list, and so in no figure: {names}")
    lines += [f"- {warning}" for warning in section.warnings]
    told = "\n".join(capped(lines, MAX_LINES))
    return f"**Cost**: {summary(section)}\n\n{told}\n\n{inline(section.source, 400)}"


def summary(section: Money) -> str:
    """Return the figures in a line; the reason why a plan stops where they break the budget."""
    difference = section.head - section.base
    told = f"{_moved(section.base, section.head)} USD a month standing"
    if difference:
        told += f" ({difference:+,.2f})"
    if section.head_most > section.head:
        told += f", up to {section.head_most:,.2f}"
    if section.over_budget and section.budget is not None:
        told += f"; **over the budget** of {section.budget:,.2f}"
    elif section.budget is not None:
        told += f"; budget {section.budget:,.2f}"
    return told


def _moved(old: float, new: float) -> str:
    return f"{old:,.2f}" if old == new else f"{old:,.2f} → {new:,.2f}"


def _delta(one: Cost) -> str:
    return f" ({one.head - one.base:+,.2f})"


def _most(least: float, most: float) -> str:
    return f" (up to {most:,.2f})" if most > least else ""


def _run(one: RunCost) -> Iterator[str]:
    if one.base == one.head:
        return
    name = f"a run of {inline(one.pipeline)}"
    if one.head is None:
        yield f"- {name}: gone"
        return
    cost = f"{one.head:,.2f}" if one.base is None else _moved(one.base, one.head)
    often = ""
    if one.per_month:
        often = f", {one.per_month:.3g} times a month: {one.head * one.per_month:,.2f}"
    more = f"; without a limit {listed([inline(step) for step in one.open_ended])}"
    known = " for what has a price" if one.unpriced else ""
    yield f"- {name}: at most {cost} USD{known}{often}{more if one.open_ended else ''}"
