"""Charts hold what they are given, within their frame."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from infra.status.series import Span
from infra.ui.charts import DOTS, Line, Scale, chart

START = datetime(2013, 6, 1, tzinfo=UTC)
SPAN = Span(start=START, end=START + timedelta(days=10), period_seconds=86_400)


def line(*values: float, name: str = "a") -> Line:
    return Line(
        name=name, points=tuple((START + timedelta(days=n), v) for n, v in enumerate(values))
    )


@pytest.mark.parametrize(
    "values",
    [(0.0,), (5.0,), (0.0, 0.0), (-3.0, 4.0), (1e-9, 2e-9), (1e9, 1), (0.7, 0.71)],
    ids=str,
)
@pytest.mark.parametrize("scale", [Scale(), Scale(floor=None), Scale(logarithmic=True)], ids=str)
def test_every_value_lies_within_the_frame(values: tuple[float, ...], scale: Scale) -> None:
    (drawn,) = chart("c", [line(*values)], SPAN, scale).lines
    assert all(0 <= dot.x <= 100 and 0 <= dot.y <= 100 for dot in drawn.dots)


@pytest.mark.parametrize("values", [(), (3.0, 7.0), (0.001, 0.0011), (1234.0, 98765.0)], ids=str)
def test_an_axis_has_some_ticks_and_each_says_another_value(values: tuple[float, ...]) -> None:
    ticks = chart("c", [line(*values)], SPAN).y
    assert 2 <= len(ticks) <= 8
    assert len({tick.text for tick in ticks}) == len(ticks)


def test_larger_values_lie_higher_on_either_scale() -> None:
    for scale in (Scale(), Scale(logarithmic=True)):
        low, high = chart("c", [line(0.5, 20.0)], SPAN, scale).lines[0].dots
        assert high.y < low.y


def test_values_past_the_threshold_stand_out_and_are_counted() -> None:
    drawn = chart("Drift", [line(0.1, 0.25, 0.3)], SPAN, Scale(threshold=0.25))
    assert [dot.over for dot in drawn.lines[0].dots] == [False, False, True]
    assert "1 of 3 above the threshold 0.25" in drawn.summary
    assert drawn.threshold is not None
    assert drawn.threshold.text == "alarms above 0.25"


def test_a_line_breaks_where_values_are_far_apart() -> None:
    far = Line(
        name="a",
        points=((START, 1.0), (START + timedelta(days=5), 2.0)),
        gap=timedelta(days=2),
    )
    assert chart("c", [far], SPAN).lines[0].path.count("M") == 2
    joined = Line(name="a", points=far.points)
    assert chart("c", [joined], SPAN).lines[0].path.count("M") == 1


def test_of_many_points_only_those_past_the_threshold_have_dots() -> None:
    values = [0.1] * DOTS + [0.9]
    drawn = chart("c", [line(*values)], SPAN, Scale(threshold=0.5))
    assert [dot.value for dot in drawn.lines[0].dots] == [0.9]


def test_a_chart_without_values_says_so() -> None:
    drawn = chart("Requests", [line()], SPAN)
    assert drawn.empty
    assert drawn.summary == "Requests. a: no values."


def test_the_table_holds_every_moment_once_newest_first() -> None:
    rows = chart("c", [line(1, 2), line(3, name="b")], SPAN).rows
    assert [values for _, values in rows] == [[2, None], [1, 3]]


@pytest.mark.parametrize("days", [1, 3, 10, 60, 200, 365])
def test_times_are_told_a_few_times_along_the_axis(days: int) -> None:
    span = Span(start=START, end=START + timedelta(days=days), period_seconds=3600)
    ticks = chart("c", [line(1)], span).x
    assert 2 <= len(ticks) <= 8
    assert [tick.at for tick in ticks] == sorted(tick.at for tick in ticks)
