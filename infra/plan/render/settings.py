"""The changes of settings, as Markdown."""

from __future__ import annotations

from typing import Final

from infra.plan._values import text
from infra.plan.render.safe import capped, counted, inline, listed
from infra.plan.settings import SettingChange, Settings

MAX_LINES: Final = 40


def markdown(section: Settings) -> str:
    """Return the section, its first line a summary; nothing where no setting changed."""
    if not section:
        return ""
    lines = [f"- stack {inline(name)} added" for name in section.stacks_added]
    lines += [f"- stack {inline(name)} removed" for name in section.stacks_removed]
    lines += [f"- {_change(one)}" for one in section.changes]
    return f"**Settings**: {_summary(section)}\n\n" + "\n".join(capped(lines, MAX_LINES))


def _summary(section: Settings) -> str:
    values = [one for one in section.changes if one.change != "moved"]
    told = []
    if values:
        stacks = {stack for one in values for stack in one.stacks}
        told.append(f"{counted(len(values), 'value')}, {counted(len(stacks), 'stack')}")
    if moved := len(section.changes) - len(values):
        told.append(f"{moved} moved with the same value")
    if section.stacks_added:
        told.append(f"{counted(len(section.stacks_added), 'stack')} added")
    if section.stacks_removed:
        told.append(f"{counted(len(section.stacks_removed), 'stack')} removed")
    return "; ".join(told)


def _change(one: SettingChange) -> str:
    more = f" and {counted(len(one.keys) - 1, 'more use case')}" if len(one.keys) > 1 else ""
    about = f"{inline(one.key)}{more}"
    old, new = inline(text(one.old)), inline(text(one.new))
    stacks = f"({listed([inline(stack) for stack in one.stacks])})"
    if one.change == "moved":
        return f"{about} = {new} stands in {inline(one.now)}, before in {inline(one.was)} {stacks}"
    if one.change == "added":
        return f"{inline(one.now)}: {about} is new, {new} {stacks}"
    if one.change == "removed":
        return f"{inline(one.was)}: {about} is gone, {old} before {stacks}"
    before = f", before in {inline(one.was)}" if _file(one.was) != _file(one.now) else ""
    return f"{inline(one.now)}: {about}: {old} → {new}{before} {stacks}"


def _file(origin: str | None) -> str:
    return (origin or "").rpartition(":")[0] or origin or ""
