"""``GetMetricData``, ``GetMetricStatistics``: exact dimensions, aligned periods, percentiles, math.

Metrics that moto makes up itself (the size of a bucket) and Metrics Insights queries stay moto's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from moto.cloudwatch.exceptions import InvalidParameterValue, ValidationError
from moto.cloudwatch.models import CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

from infra.emulator.alarms import expression
from infra.emulator.alarms.statistics import Series, as_utc, compute, floor, key, known
from infra.emulator.context import Context
from infra.emulator.patches import replace

MADE_UP = "AWS/S3"
"""Namespace of what moto makes up, and no other: what nobody published has no values."""
MAX_POINTS = 100_800
"""CloudWatch's own limit on a request."""

Values = dict[datetime, float]


def install_queries(context: Context, series_of: Callable[[str], Series]) -> None:
    """Answer both calls from the series that alarms are judged by."""

    def get_metric_data(
        backend: CloudWatchBackend,
        queries: list[dict[str, Any]],
        start_time: datetime,
        end_time: datetime,
        scan_by: str = "TimestampAscending",
    ) -> list[dict[str, Any]]:
        series = series_of(backend.region_name)
        if not _ours(series, queries):
            found: list[dict[str, Any]] = data_by_moto(
                backend, queries, start_time, end_time, scan_by
            )
            return found
        results = _Query(series, queries, start_time, end_time).results()
        if scan_by == "TimestampDescending":
            for result in results:
                result["values"].reverse()
                result["timestamps"].reverse()
        return results

    def get_metric_statistics(response: CloudWatchResponse) -> ActionResult:
        asked = response._get_params()
        series = series_of(response.region)
        watched = key(asked["Namespace"], asked["MetricName"], asked.get("Dimensions") or [])
        if asked["Namespace"] == MADE_UP and not series.knows(watched):
            answer: ActionResult = statistics_by_moto(response)
            return answer
        return ActionResult(_statistics(series, asked))

    data_by_moto = replace(context, CloudWatchBackend, "get_metric_data", get_metric_data)
    statistics_by_moto = replace(
        context, CloudWatchResponse, "get_metric_statistics", get_metric_statistics
    )


def _ours(series: Series, queries: Sequence[Mapping[str, Any]]) -> bool:
    insights = any(str(q.get("Expression", "")).startswith("SELECT") for q in queries)
    metrics = [query["MetricStat"]["Metric"] for query in queries if "MetricStat" in query]
    made_up = any(
        one["Namespace"] == MADE_UP
        and not series.knows(key(one["Namespace"], one["MetricName"], one.get("Dimensions") or []))
        for one in metrics
    )
    return not insights and not made_up


class _Query:
    """One ``GetMetricData``."""

    def __init__(
        self, series: Series, queries: Sequence[Mapping[str, Any]], start: datetime, end: datetime
    ) -> None:
        self._series = series
        self._queries = {str(query["Id"]): query for query in queries}
        self._start, self._end = as_utc(start) or start, as_utc(end) or end
        self._done: dict[str, Values] = {}
        if self._start >= self._end:
            raise ValidationError("The parameter EndTime must be greater than StartTime.")

    def results(self) -> list[dict[str, Any]]:
        """Return what is asked for, oldest point first."""
        shown = [name for name, query in self._queries.items() if query.get("ReturnData", True)]
        return [self._result(name) for name in shown]

    def _result(self, name: str) -> dict[str, Any]:
        values, query = self._values(name, ()), self._queries[name]
        moments = sorted(values)
        label = query.get("Label") or self._label(query, name)
        return {
            "id": name,
            "label": label,
            "timestamps": moments,
            "values": [values[moment] for moment in moments],
            "status_code": "Complete",
        }

    def _label(self, query: Mapping[str, Any], name: str) -> str:
        return str(query["MetricStat"]["Metric"]["MetricName"]) if "MetricStat" in query else name

    def _values(self, name: str, path: tuple[str, ...]) -> Values:
        if name in path:
            raise ValidationError(f"Expressions refer to one another: {' -> '.join((*path, name))}")
        if name not in self._done:
            query = self._queries[name]
            stat = query.get("MetricStat")
            self._done[name] = self._stat(stat) if stat else self._math(query, (*path, name))
        return self._done[name]

    def _stat(self, stat: Mapping[str, Any]) -> Values:
        if not known(stat["Stat"]):
            raise ValidationError(f"Stat is not emulated, got {stat['Stat']!r}")
        metric, seconds = stat["Metric"], int(stat["Period"])
        watched = key(metric["Namespace"], metric["MetricName"], metric.get("Dimensions") or [])
        found: Values = {}
        for start in _starts(self._start, self._end, seconds):
            data = self._series.period(watched, start, seconds, stat.get("Unit"))
            if (value := compute(stat["Stat"], data)) is not None:
                found[start] = value
        return found

    def _math(self, query: Mapping[str, Any], path: tuple[str, ...]) -> Values:
        text = str(query["Expression"])
        others = [name for name in self._queries if name != path[-1]]
        try:
            tree = expression.parse(text, others)
        except expression.ExpressionError as error:
            raise ValidationError(f"Error in expression {path[-1]!r}: {error}") from error
        if "METRICS()" in text:
            names = [name for name in others if "MetricStat" in self._queries[name]]
        else:
            names = [name for name in others if name in expression.NAME.findall(text)]
        parts = {name: self._values(name, path) for name in names}
        found: Values = {}
        for moment in {moment for part in parts.values() for moment in part}:
            points = {name: part.get(moment) for name, part in parts.items()}
            if (value := expression.evaluate(tree, points)) is not None:
                found[moment] = value
        return found


def _statistics(series: Series, asked: Mapping[str, Any]) -> dict[str, Any]:
    plain, extended = asked.get("Statistics") or [], asked.get("ExtendedStatistics") or []
    if not plain and not extended:
        raise InvalidParameterValue("Must specify either Statistics or ExtendedStatistics")
    if unknown := [name for name in [*plain, *extended] if not known(name)]:
        raise InvalidParameterValue(f"Statistics {unknown} are not emulated")
    start, end = as_utc(asked["StartTime"]), as_utc(asked["EndTime"])
    if start is None or end is None or start >= end:
        raise InvalidParameterValue(
            "The parameter StartTime must be less than the parameter EndTime."
        )
    watched = key(asked["Namespace"], asked["MetricName"], asked.get("Dimensions") or [])
    points = []
    for moment in _starts(start, end, int(asked["Period"])):
        data = series.period(watched, moment, int(asked["Period"]), asked.get("Unit"))
        if not data:
            continue
        point: dict[str, Any] = {"Timestamp": moment, "Unit": data[0].unit}
        point |= {name: compute(name, data) for name in plain}
        if extended:
            point["ExtendedStatistics"] = {name: compute(name, data) for name in extended}
        points.append(point)
    return {"Label": asked["MetricName"], "Datapoints": points}


def _starts(start: datetime, end: datetime, seconds: int) -> Iterator[datetime]:
    """Yield the starts of the periods from the one that holds ``start`` to ``end``, exclusive."""
    if (end - start).total_seconds() / seconds > MAX_POINTS:
        raise InvalidParameterValue(f"The request asks for more than {MAX_POINTS} datapoints.")
    moment = floor(start, seconds)
    while moment < end:
        yield moment
        moment += timedelta(seconds=seconds)
