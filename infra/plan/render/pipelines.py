"""The changes of pipelines, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from infra.plan._code import CodeChange
from infra.plan._steps import Edge
from infra.plan._values import Change, text
from infra.plan.pipelines import PipelineChange, Pipelines, StepChange
from infra.plan.render.safe import capped, counted, details, fenced, inline, listed, room

MAX_LINES: Final = 40
"""About all pipelines together, code left out."""
MAX_FILES: Final = 20
MAX_CODE_LINES: Final = 120
"""Of one file's diff."""
MAX_ALL_CODE_LINES: Final = 400


def markdown(section: Pipelines) -> str:
    """Return the section, its first line a summary; nothing where no pipeline changed."""
    if not section:
        return ""
    lines = [line for one in section.pipelines for line in _pipeline(one)]
    parts = [f"**Pipelines**: {_summary(section)}", "\n".join(capped(lines, MAX_LINES))]
    if section.code:
        parts.append(details("Code of the steps", "\n\n".join(_code(section.code))))
    return "\n\n".join(part for part in parts if part)


def _summary(section: Pipelines) -> str:
    told = []
    for change in ("added", "changed", "removed"):
        if number := sum(one.change == change for one in section.pipelines):
            told.append(f"{number} {change}")
    if section.code:
        added = sum(one.added for one in section.code)
        removed = sum(one.removed for one in section.code)
        files = counted(len(section.code), "file")
        told.append(f"code of {files} (+{added} -{removed} lines)")
    return ", ".join(told)


def _pipeline(one: PipelineChange) -> Iterator[str]:
    yield f"- {inline(f'{one.use_case}/{one.pipeline}')} {one.change}"
    if one.change == "removed":
        return
    yield from (f"  - {line}" for step in one.steps for line in _step(step))
    arguments: dict[str, list[str]] = {}
    for step in one.steps:
        for change in step.arguments:
            arguments.setdefault(_change(change), []).append(step.name)
    yield from (f"  - {told}, in {_names(steps)}" for told, steps in arguments.items())
    if one.change == "changed":
        yield from (f"  - parameter {_change(change)}" for change in one.parameters)
        yield from (f"  - {_change(change)}" for change in one.settings)


def _step(step: StepChange) -> Iterator[str]:
    name = f"step {inline(step.name)}"
    if step.change == "added":
        edges = f": {_edges(step.gained)}" if step.gained else ""
        yield f"{name} added ({inline(step.type)}){edges}"
    elif step.change == "removed":
        yield f"{name} removed ({inline(step.type)})"
    else:
        if step.was is not None:
            yield f"{name} is what was {inline(step.was)}"
        if step.gained or step.lost:
            now = f"{_edges(step.gained)} now" if step.gained else ""
            before = f"{_edges(step.lost)} no longer" if step.lost else ""
            yield f"{name} rewired: {'; '.join(filter(None, (now, before)))}"
    if step.code and step.change != "removed":
        yield f"{name} runs changed code: {_names(step.code)}"


def _edges(edges: Iterable[Edge]) -> str:
    return listed([f"{edge.kind} {inline(edge.step)}" for edge in edges])


def _names(names: Iterable[str]) -> str:
    return listed([inline(name) for name in names])


def _change(change: Change) -> str:
    if change.old is None:
        return f"{inline(change.path)}: {inline(text(change.new))} (new)"
    if change.new is None:
        return f"{inline(change.path)}: {inline(text(change.old))} (gone)"
    return f"{inline(change.path)}: {inline(text(change.old))} → {inline(text(change.new))}"


def _code(files: Iterable[CodeChange]) -> Iterator[str]:
    left = MAX_ALL_CODE_LINES
    several = list(files)
    files_shown = room(MAX_FILES, len(several))
    for one in several[:files_shown]:
        by = f", run by {_names(one.steps)}" if one.steps else ", run by no step"
        yield f"{inline(one.file)} {one.change} (+{one.added} -{one.removed}){by}"
        shown = one.diff[: room(min(MAX_CODE_LINES, left), len(one.diff))]
        left -= len(shown)
        if shown:
            yield fenced(shown, "diff")
        if (more := len(one.diff) + one.omitted - len(shown)) > 0:
            yield f"and {counted(more, 'more line')}"
    if len(several) > files_shown:
        yield f"and {counted(len(several) - files_shown, 'more file')}"
