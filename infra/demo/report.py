"""``build/report.html``: one self-contained page about the months of a loop."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import jinja2
import plotly.graph_objects as go
import plotly.io
from plotly.offline import get_plotlyjs

from infra.demo import charts
from infra.demo.story import Story

TEMPLATE = "report.html.j2"


def write(story: Story, path: Path, *, threshold: float) -> None:
    """Write the page, and its facts as JSON beside it.

    ``threshold`` is the PSI at which the stack's alarms fire.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template(TEMPLATE).render(
        story=story,
        threshold=threshold,
        decisions=[one for one in story.happenings if one.lane == "decision"],
        trainings=sum(one.what.startswith("training ") for one in story.happenings),
        words=story.words,
        mean=sum(m.reached for m in story.months) / max(len(story.months), 1),
        frozen_mean=sum(m.frozen for m in story.months) / max(len(story.months), 1),
        plotly=get_plotlyjs(),
        reached=_html(charts.reached(story.months, story.words), "reached"),
        drift=_html(charts.drift(story.months, threshold), "drift"),
        timeline=_html(charts.timeline(story.happenings), "timeline"),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")
    facts = json.dumps(asdict(story), default=str, indent=1)
    path.with_suffix(".json").write_text(facts + "\n", encoding="utf-8")


def _html(figure: go.Figure, name: str) -> str:
    return str(
        plotly.io.to_html(
            figure,
            include_plotlyjs=False,
            full_html=False,
            div_id=name,
            config={"displayModeBar": False, "responsive": True},
        )
    )
