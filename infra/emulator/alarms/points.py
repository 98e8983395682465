"""The points an alarm of moto's looks at, period by period."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from moto.cloudwatch.models import Alarm

from infra.emulator.alarms import expression
from infra.emulator.alarms.evaluation import Point, Rule
from infra.emulator.alarms.statistics import Key, Series, compute, floor


def rule(alarm: Alarm) -> Rule:
    """Return what the alarm compares."""
    evaluation_periods = int(alarm.evaluation_periods)
    to_alarm = alarm.datapoints_to_alarm
    return Rule(
        comparison=alarm.comparison_operator,
        threshold=float(alarm.threshold),
        evaluation_periods=evaluation_periods,
        datapoints_to_alarm=evaluation_periods if to_alarm is None else int(to_alarm),
        treat_missing_data=alarm.treat_missing_data or "missing",
    )


def period_seconds(alarm: Alarm) -> int:
    """Return the length of the alarm's periods."""
    if alarm.metric_data_queries:
        return next(int(q.metric_stat.period) for q in alarm.metric_data_queries if q.metric_stat)
    return int(alarm.period)


def statistic(alarm: Alarm) -> str:
    """Return the statistic by the name CloudWatch shows."""
    return str(alarm.extended_statistic or alarm.statistic)


def keys(alarm: Alarm) -> set[Key]:
    """Return the series the alarm watches."""
    if not alarm.metric_data_queries:
        return {_key(alarm.namespace, alarm.metric_name, alarm.dimensions)}
    stats = [q.metric_stat for q in alarm.metric_data_queries if q.metric_stat]
    return {_key(s.metric.namespace, s.metric.metric_name, s.metric.dimensions) for s in stats}


def points(alarm: Alarm, series: Series, now: datetime, count: int) -> list[Point]:
    """Return the last ``count`` periods, oldest first.

    The last is the period that holds ``now`` once it has data, otherwise the one before it: a
    period that has only begun is not missing yet.
    """
    seconds = period_seconds(alarm)
    current = floor(now, seconds)
    latest = current if _point(alarm, series, current, seconds).value is not None else None
    newest = current if latest else current - timedelta(seconds=seconds)
    starts = [newest - timedelta(seconds=seconds * back) for back in reversed(range(count))]
    return [_point(alarm, series, start, seconds) for start in starts]


def _point(alarm: Alarm, series: Series, start: datetime, seconds: int) -> Point:
    if not alarm.metric_data_queries:
        data = series.period(next(iter(keys(alarm))), start, seconds, alarm.unit)
        return Point(start, compute(statistic(alarm), data), sum(one.count for one in data))
    values: dict[str, float | None] = {}
    count = 0.0
    for query in alarm.metric_data_queries:
        if stat := query.metric_stat:
            metric = stat.metric
            watched = _key(metric.namespace, metric.metric_name, metric.dimensions)
            data = series.period(watched, start, seconds, stat.unit)
            values[query.id] = compute(stat.stat, data)
            count += sum(one.count for one in data)
    return Point(start, _result(alarm, values), count)


def _result(alarm: Alarm, values: dict[str, float | None]) -> float | None:
    """Compute the expressions, which may refer to one another, and return the one asked for."""
    pending = [query for query in alarm.metric_data_queries if query.metric_stat is None]
    names = [query.id for query in alarm.metric_data_queries]
    metrics = dict(values)
    while pending:
        ready = [q for q in pending if not _waits(str(q.expression), pending, q.id)]
        if not ready:
            return None
        for query in ready:
            tree = expression.parse(str(query.expression), names)
            scope = metrics if "METRICS()" in str(query.expression) else values
            values[query.id] = expression.evaluate(tree, scope)
            pending.remove(query)
    for query in alarm.metric_data_queries:
        if query.return_data is None or str(query.return_data).lower() == "true":
            return values[query.id]
    return None


def _waits(text: str, pending: list[Any], own: str) -> bool:
    words = set(expression.NAME.findall(text))
    return any(query.id in words for query in pending if query.id != own)


def _key(namespace: str, name: str, dimensions: list[Any]) -> Key:
    return namespace, name, frozenset((str(one.name), str(one.value)) for one in dimensions)
