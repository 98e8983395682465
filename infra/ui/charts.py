"""Charts as SVG that the server draws: any width, both schemes, readable without scripts.

Positions along the width are percentages, so that text and dots keep their size; only the lines
lie in a box that is stretched. Colours are classes of the style sheet.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from infra.status.series import Points, Span

TICKS: Final = 4
DOTS: Final = 90
"""Beyond so many points, a line says as much."""
HEADROOM: Final = 1.06
NICE: Final = (1, 2, 2.5, 5, 10)
COLOURS: Final = 6
LEAST: Final = 0.01
"""Where logarithmic axes begin."""
DAY: Final = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One series of a chart."""

    name: str
    points: Points
    gap: timedelta | None = None
    """Points further apart are not joined; ``None`` joins all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dot:
    """One value, placed."""

    x: float
    """Percent of the width."""
    y: float
    """Percent of the height, from the top."""
    at: datetime
    value: float
    over: bool
    """Beyond the threshold."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """One series, placed."""

    name: str
    colour: int
    path: str
    dots: Sequence[Dot]


@dataclass(frozen=True, kw_only=True, slots=True)
class Tick:
    """A mark of an axis."""

    at: float
    """Percent of the axis."""
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """Everything that the template draws."""

    title: str
    unit: str
    lines: Sequence[Drawn]
    x: Sequence[Tick]
    y: Sequence[Tick]
    threshold: Tick | None
    summary: str
    """What the picture shows, for who does not see it."""
    points: Sequence[Line] = field(default_factory=tuple)
    """The values themselves, for the table beside the picture."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(line.points for line in self.points)

    @property
    def rows(self) -> list[tuple[datetime, list[float | None]]]:
        """The values by moment, newest first, one column for each line."""
        columns = [dict(line.points) for line in self.points]
        moments = sorted({at for column in columns for at in column}, reverse=True)
        return [(at, [column.get(at) for column in columns]) for at in moments]


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """How the upright axis lies."""

    unit: str = ""
    threshold: float | None = None
    """Beyond which it alarms; drawn as a line."""
    floor: float | None = 0.0
    """Where the axis begins; ``None`` for the least value."""
    logarithmic: bool = False
    """For values that differ by powers of ten; what is below 0.01 lies on the axis."""


PLAIN: Final = Scale()


def chart(title: str, lines: Sequence[Line], span: Span, scale: Scale = PLAIN) -> Chart:
    """Place the lines."""
    threshold, unit = scale.threshold, scale.unit
    values = [value for line in lines for _, value in line.points]
    values += [] if threshold is None else [threshold]
    if scale.logarithmic:
        ticks = list(_powers(values))
        box = _Box(span=span, low=ticks[0], high=ticks[-1], logarithmic=True)
        marks = [Tick(at=box.y(value), text=f"{value:g}") for value in ticks]
    else:
        low, high, step = _axis(values, scale.floor)
        box = _Box(span=span, low=low, high=high)
        marks = [
            Tick(at=box.y(value), text=_figure(value, step)) for value in _steps(low, high, step)
        ]
    return Chart(
        title=title,
        unit=unit,
        lines=[
            Drawn(
                name=line.name,
                colour=number % COLOURS,
                path=" ".join(_path(line, box)),
                dots=_dots(line, box, threshold),
            )
            for number, line in enumerate(lines)
        ],
        x=list(_times(span)),
        y=marks,
        threshold=None
        if threshold is None
        else Tick(at=box.y(threshold), text=f"alarms above {threshold:g}"),
        summary=_summary(title, lines, unit, threshold),
        points=tuple(lines),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Box:
    """Turns moments and values into percentages."""

    span: Span
    low: float
    high: float
    logarithmic: bool = False

    def x(self, moment: datetime) -> float:
        whole = (self.span.end - self.span.start) / timedelta(seconds=1)
        return round(100 * ((moment - self.span.start) / timedelta(seconds=1)) / whole, 2)

    def y(self, value: float) -> float:
        low, high = self.low, self.high
        if self.logarithmic:
            value, low, high = (math.log10(max(one, self.low)) for one in (value, low, high))
        return round(100 * (1 - (value - low) / (high - low)), 2)


def _powers(values: Sequence[float]) -> Iterator[float]:
    """Yield the powers of ten from :data:`LEAST` to beyond the largest value."""
    last = max(1, math.ceil(math.log10(max([LEAST, *values]))))
    for power in range(round(math.log10(LEAST)), last + 1):
        yield 10.0**power


def _axis(values: Sequence[float], floor: float | None) -> tuple[float, float, float]:
    """Return the axis's ends and its step: round numbers that hold all values."""
    most = max(values, default=1.0)
    least = min(values, default=0.0) if floor is None else min([floor, *values])
    reach = (most - least) * HEADROOM or abs(most) or 1.0
    power = 10.0 ** math.floor(math.log10(reach / TICKS))
    step = next(nice * power for nice in NICE if nice * power * TICKS >= reach)
    low = math.floor(least / step) * step
    high = low + step
    while high < most or high - low < reach * (most == least):
        high += step
    return low, high, step


def _steps(low: float, high: float, step: float) -> Iterator[float]:
    for number in range(round((high - low) / step) + 1):
        yield low + number * step


def _figure(value: float, step: float) -> str:
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    if digits and not (step * 10**digits).is_integer():
        digits += 1  # 0.25
    return f"{value:,.{digits}f}"


def _path(line: Line, box: _Box) -> Iterator[str]:
    before: datetime | None = None
    for moment, value in line.points:
        apart = before is None or (line.gap is not None and moment - before > line.gap)
        yield f"{'M' if apart else 'L'}{box.x(moment):g} {box.y(value):g}"
        before = moment


def _dots(line: Line, box: _Box, threshold: float | None) -> list[Dot]:
    dots = [
        Dot(
            x=box.x(moment),
            y=box.y(value),
            at=moment,
            value=value,
            over=threshold is not None and value > threshold,
        )
        for moment, value in line.points
    ]
    return dots if len(dots) <= DOTS else [dot for dot in dots if dot.over][-DOTS:]


def _times(span: Span) -> Iterator[Tick]:
    box = _Box(span=span, low=0, high=1)
    length = span.end - span.start
    if length <= 3 * DAY:
        first = span.start.replace(minute=0, second=0, microsecond=0)
        hours = max(1, math.ceil(length / timedelta(hours=1) / 6))
        moments = [first + timedelta(hours=hours * n) for n in range(1, 8)]
        shape = "%H:%M"
    elif length <= 60 * DAY:
        first = span.start.replace(hour=0, minute=0, second=0, microsecond=0)
        days = max(1, math.ceil(length / DAY / 6))
        moments = [first + n * days * DAY for n in range(1, 8)]
        shape = "%-d %b"
    else:
        moments, shape = list(_months(span)), "%b %Y"
        moments = moments[:: max(1, math.ceil(len(moments) / 6))]
    for moment in moments:
        if span.start <= moment <= span.end and 3 <= box.x(moment) <= 97:  # noqa: PLR2004 - within
            yield Tick(at=box.x(moment), text=moment.strftime(shape))


def _months(span: Span) -> Iterator[datetime]:
    moment = span.start.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while moment <= span.end:
        yield moment
        moment = (moment + 32 * DAY).replace(day=1)


def _summary(title: str, lines: Sequence[Line], unit: str, threshold: float | None) -> str:
    said = []
    for line in lines:
        if not line.points:
            said.append(f"{line.name}: no values")
            continue
        values = [value for _, value in line.points]
        text = (
            f"{line.name}: newest {values[-1]:.4g}{unit and ' ' + unit}, "
            f"between {min(values):.4g} and {max(values):.4g}"
        )
        if threshold is not None:
            over = sum(value > threshold for value in values)
            text += f", {over} of {len(values)} above the threshold {threshold:g}"
        said.append(text)
    return f"{title}. {'; '.join(said)}."
