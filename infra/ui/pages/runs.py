"""Pipelines, their runs, and one run step by step."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from markupsafe import Markup, escape

from infra.pictures.draw import svg
from infra.pictures.pipeline import of_pipeline
from infra.status import pipelines
from infra.status.runs import RunDetail, Step, log_tail, run_detail
from infra.ui import words
from infra.ui.look import Look, Page

RECENT: Final = 5
PAGE: Final = 15
LOG_LINES: Final = 200
LOOKS: Final = {"good": "create", "bad": "delete", "busy": "update", "calm": "same"}
"""Style of a step in the picture, by the tone of its status."""


def overview(look: Look, use_case: str) -> Page:
    """Return all pipelines of a use case with their newest runs."""
    look.source.use_case(use_case)
    sagemaker = look.client("sagemaker")
    prefix = look.prefix(use_case)
    names = pipelines.names(sagemaker, prefix)
    asked = {name: partial(pipelines.runs, sagemaker, name, count=RECENT) for name in names}
    return Page(
        template="pipelines.html.j2",
        title=f"Pipelines of {use_case}",
        use_case=use_case,
        section="pipelines",
        facts={
            "pipelines": {
                name.removeprefix(f"{prefix}-"): panel for name, panel in look.ask(asked).items()
            }
        },
    )


def pipeline(look: Look, use_case: str, kind: str, after: str) -> Page:
    """Return one pipeline: its picture, and its runs by pages."""
    look.source.use_case(use_case)
    sagemaker = look.client("sagemaker")
    name = f"{look.prefix(use_case)}-{kind}"
    panels = look.ask(
        {
            "runs": partial(pipelines.runs, sagemaker, name, count=PAGE, after=after),
            "picture": lambda: _drawn(pipelines.definition(sagemaker, name), kind),
        }
    )
    return Page(
        template="pipeline.html.j2",
        title=f"Pipeline {kind}",
        use_case=use_case,
        section="pipelines",
        facts={**panels, "kind": kind, "name": name, "paged": bool(after)},
    )


def run(look: Look, use_case: str, kind: str, execution: str, step: str) -> Page:
    """Return one run: its picture, steps, parameters, and the end of a step's log."""
    look.source.use_case(use_case)
    sagemaker = look.client("sagemaker")
    found = run_detail(sagemaker, f"{look.prefix(use_case)}-{kind}", execution)
    shown = _shown(found, step)
    panels = look.ask(
        {
            "picture": lambda: _drawn(found.definition, f"run {execution}", found),
            "log": lambda: log_tail(look.client("logs"), shown, lines=LOG_LINES) if shown else [],
        }
    )
    return Page(
        template="run.html.j2",
        title=f"Run {execution} of {kind}",
        use_case=use_case,
        section="pipelines",
        facts={**panels, "kind": kind, "run": found, "shown": shown},
    )


def _shown(found: RunDetail, wanted: str) -> Step | None:
    """Return the step whose log is shown: the one asked for, else the one that failed."""
    jobs = [one for one in found.steps if one.job]
    if wanted:
        return next((one for one in jobs if one.name == wanted), None)
    return next((one for one in jobs if one.status == "Failed"), None)


def _drawn(definition: Any, title: str, found: RunDetail | None = None) -> Markup:
    steps = found.steps if found else ()
    graph = of_pipeline(
        definition,
        title=title,
        looks={one.name: LOOKS[words.tone(one.status)] for one in steps},
        notes={
            one.name: f"{one.answer or one.status}, {words.lasted(one.seconds)}" for one in steps
        },
    )
    text = svg(graph)
    head, _, rest = text.partition("<style>")
    _, _, drawn = rest.partition("</style>")  # the page's own sheet has it: it lets in no other
    named = head.replace(' role="img"', f' role="img" aria-label="Steps of {escape(title)}"')
    return Markup(named + drawn)  # noqa: S704 - drawn by Graphviz, which escapes what names say
