"""The report's charts: plotly figures that read on a light and on a dark page alike."""

from __future__ import annotations

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from infra.demo.script import Words
from infra.demo.story import Happening, Month

LOOP, FROZEN, GOOD, BAD = "#2f7ed8", "#9097a3", "#22a06b", "#d64545"
LANES = {
    ("pipeline", True): "pipelines",
    ("pipeline", False): "pipelines: failed",
    ("alarm", False): "alarms",
    ("alarm", True): "alarms: over",
    ("decision", False): "gate: refused",
    ("decision", True): "gate: retrain",
    ("version", True): "versions",
    ("version", False): "versions: waiting",
    ("deployment", True): "deliveries",
    ("deployment", False): "deliveries: failed",
}
"""Rows of the timeline, from the top, by lane and whether it went well."""
TRANSPARENT = "rgba(0,0,0,0)"
GRID = "rgba(128,128,128,0.22)"


def reached(months: Sequence[Month], words: Words) -> go.Figure:
    """Draw the figure by month, of the loop and of the first version had it stayed."""
    names = [month.month for month in months]
    figure = go.Figure()
    for name, values, colour in (
        ("with the loop", [month.reached for month in months], LOOP),
        (words.stood, [month.frozen for month in months], FROZEN),
    ):
        figure.add_scatter(
            x=names,
            y=values,
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 3},
            marker={"size": 8},
            customdata=[month.version for month in months],
            hovertemplate="%{y:.4f}<extra>" + name + ", %{x}</extra>",
        )
    figure.update_yaxes(title=words.figure, tickformat=".2f")
    figure.update_xaxes(type="category")
    return _dressed(figure, height=340)


def drift(months: Sequence[Month], threshold: float) -> go.Figure:
    """Draw how far each feature was from the serving model's baseline, month by month."""
    features = sorted(
        {name for month in months for name in month.drift},
        key=lambda name: max(month.drift.get(name, 0.0) for month in months),
    )
    rows = [*features, "prediction"]
    values = [[month.drift.get(name) for month in months] for name in features]
    values.append([month.prediction_drift for month in months])
    figure = go.Figure(
        go.Heatmap(
            x=[month.month for month in months],
            y=rows,
            z=[[_shade(value) for value in row] for row in values],
            customdata=values,
            text=[["" if value is None else f"{value:.2f}" for value in row] for row in values],
            texttemplate="%{text}",
            hovertemplate="%{y}, %{x}: PSI %{customdata:.3f}<extra></extra>",
            zmin=-2.0,
            zmax=1.0,
            colorscale=[
                [0.0, "rgba(47,126,216,0.05)"],
                [(math.log10(threshold) + 2) / 3, "rgba(47,126,216,0.45)"],
                [(math.log10(threshold) + 2) / 3 + 0.001, "rgba(230,150,60,0.70)"],
                [1.0, "rgba(214,69,69,0.95)"],
            ],
            showscale=False,
            xgap=2,
            ygap=2,
        )
    )
    figure.update_xaxes(type="category")
    return _dressed(figure, height=90 + 26 * len(rows))


def timeline(happenings: Sequence[Happening]) -> go.Figure:
    """Draw what happened when, in lanes; what failed, alarmed or was refused stands out."""
    figure = go.Figure()
    for good, name, colour, symbol in (
        (True, "went well", GOOD, "circle"),
        (False, "alarm, refusal or failure", BAD, "diamond"),
    ):
        shown = [one for one in happenings if one.good is good]
        figure.add_scatter(
            x=[one.when for one in shown],
            y=[LANES[one.lane, good] for one in shown],
            mode="markers",
            name=name,
            marker={"color": colour, "symbol": symbol, "size": 10, "opacity": 0.75},
            text=[f"<b>{one.what}</b><br>{_wrapped(one.detail)}" for one in shown],
            hovertemplate="%{x|%d %b %H:%M}<br>%{text}<extra></extra>",
        )
    used = {(one.lane, one.good) for one in happenings}
    lanes = [name for key, name in LANES.items() if key in used]
    figure.update_yaxes(categoryorder="array", categoryarray=lanes[::-1])
    return _dressed(figure, height=110 + 30 * len(lanes))


def _shade(value: float | None) -> float | None:
    return None if value is None else math.log10(max(value, 0.01))


def _wrapped(text: str, width: int = 70) -> str:
    words, lines = text.split(), [""]
    for word in words:
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] += word + " "
    return "<br>".join(lines)


def _dressed(figure: go.Figure, *, height: int) -> go.Figure:
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        paper_bgcolor=TRANSPARENT,
        plot_bgcolor=TRANSPARENT,
        font={"family": "system-ui, sans-serif", "size": 13},
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
        hoverlabel={"align": "left"},
    )
    figure.update_xaxes(gridcolor=GRID, zeroline=False, automargin=True)
    figure.update_yaxes(gridcolor=GRID, zeroline=False, automargin=True)
    return figure
