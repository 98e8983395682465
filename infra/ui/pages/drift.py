"""Drift over time: by feature group, by feature, of predictions and of performance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from infra.status.measurements import (
    DAY,
    METRIC_NAMESPACE,
    OBJECTIVES,
    ending,
    measured,
    own_dimensions,
)
from infra.status.series import Points, Span, known, series
from infra.ui.charts import Chart, Line, Scale, chart
from infra.ui.look import Look, Page
from stacks.monitoring import Drift

RANGES: Final = (7, 30, 90, 365)
COLUMNS: Final = 12
SLIGHT: Final = 0.1
"""Population stability index from where on a shift is called slight."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One feature's drift at the newest measurements."""

    group: str
    feature: str
    values: Sequence[float | None]
    """By column, newest first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measurements:
    """Everything that the page draws."""

    charts: Sequence[Chart]
    days: Sequence[date]
    rows: Sequence[Row]
    """Worst first, as of the newest measurement."""


def page(look: Look, use_case: str, days: int) -> Page:
    """Return drift over so many days."""
    settings = look.source.use_case(use_case).drift
    span = ending(look.now, timedelta(days=days), DAY)
    panels = look.ask({"drift": lambda: _drift(look, use_case, settings, span)})
    return Page(
        template="drift.html.j2",
        title=f"Drift of {use_case}",
        use_case=use_case,
        section="drift",
        facts={
            **panels,
            "days": days,
            "ranges": RANGES,
            "span": span,
            "settings": settings,
            "slight": SLIGHT,
        },
    )


def _drift(look: Look, use_case: str, settings: Drift, span: Span) -> Measurements:
    own = own_dimensions(look.stack, use_case)
    cloudwatch = look.client("cloudwatch")
    metrics = known(cloudwatch, METRIC_NAMESPACE, own)
    found = series(
        cloudwatch, [measured(name, {**own, **further}) for name, further in metrics], span
    )
    held = {
        (name, further.get("FeatureGroup", ""), further.get("Feature", "")): points
        for (name, further), points in zip(metrics, found, strict=True)
        if points
    }
    features = {
        (group, feature): points
        for (name, group, feature), points in held.items()
        if name == "FeatureDrift" and feature
    }
    found_on = {at.date() for points in features.values() for at, _ in points}
    columns = sorted(found_on, reverse=True)[:COLUMNS]
    rows = [_row(group, feature, points, columns) for (group, feature), points in features.items()]
    return Measurements(
        charts=_charts(held, settings, span),
        days=columns,
        rows=sorted(rows, key=lambda row: (-(row.values[0] or 0.0), row.group, row.feature)),
    )


def _row(group: str, feature: str, points: Points, columns: Sequence[date]) -> Row:
    by_day = {at.date(): value for at, value in points}
    return Row(group=group, feature=feature, values=[by_day.get(day) for day in columns])


def _charts(
    held: Mapping[tuple[str, str, str], Points], settings: Drift, span: Span
) -> list[Chart]:
    def of(metric: str, name: str = "") -> list[Line]:
        return [
            Line(name=group or name or metric, points=points)
            for (found, group, feature), points in sorted(held.items())
            if found == metric and not feature
        ]

    loss = Scale(threshold=settings.drop_threshold, floor=None)
    performance = [
        chart
        for metric, said in OBJECTIVES.items()
        if of(metric)
        for chart in (
            (f"{said} on labelled traffic", of(metric, said), Scale(floor=None)),
            (f"{said} at registration less now", of(f"{metric}Drop", "loss"), loss),
        )
    ]
    wanted: tuple[tuple[str, list[Line], Scale], ...] = (
        (
            "Features, worst of each group (PSI)",
            of("FeatureDrift"),
            Scale(threshold=settings.feature_threshold, logarithmic=True),
        ),
        (
            "Predictions (PSI)",
            of("PredictionDrift", "predictions"),
            Scale(threshold=settings.prediction_threshold, logarithmic=True),
        ),
        *performance,
        ("Missing values, worst of each group (share)", of("MissingRate"), Scale()),
        (
            "Broken data rules",
            of("DataQualityViolations", "rules"),
            Scale(threshold=0),
        ),
    )
    return [chart(title, lines, span, scale) for title, lines, scale in wanted]


def shade(value: float | None, threshold: float) -> str:
    """Return the class of a cell: how far a feature is from its baseline."""
    if value is None:
        return "none"
    if value > threshold:
        return "over"
    return "slight" if value > SLIGHT else "within"
