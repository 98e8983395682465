"""Values of metrics over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

QUERIES: Final = 500
"""What ``GetMetricData`` takes at once."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Metric:
    """What is asked for."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: str
    """``Sum``, ``Average``, ``Maximum`` or a percentile such as ``p99``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """From when to when, and a value for how long."""

    start: datetime
    end: datetime
    period_seconds: int


Points = tuple[tuple[datetime, float], ...]
"""Oldest first."""


def series(cloudwatch: Any, wanted: Sequence[Metric], span: Span) -> list[Points]:
    """Return the values of each metric, in the order asked for."""
    found: list[list[tuple[datetime, float]]] = [[] for _ in wanted]
    for first in range(0, len(wanted), QUERIES):
        asked = [
            _query(number, one, span.period_seconds)
            for number, one in enumerate(wanted[first : first + QUERIES], first)
        ]
        pages = cloudwatch.get_paginator("get_metric_data").paginate(
            MetricDataQueries=asked,
            StartTime=span.start,
            EndTime=span.end,
            ScanBy="TimestampAscending",
        )
        for page in pages:
            for one in page["MetricDataResults"]:
                pairs = zip(one["Timestamps"], one["Values"], strict=True)
                found[int(one["Id"][1:])] += pairs
    return [tuple(sorted(points)) for points in found]


def known(
    cloudwatch: Any, namespace: str, own: Mapping[str, str]
) -> list[tuple[str, dict[str, str]]]:
    """Return name and further dimensions of each metric that bears these dimensions, once each."""
    wanted = [{"Name": name, "Value": value} for name, value in own.items()]
    pages = cloudwatch.get_paginator("list_metrics").paginate(
        Namespace=namespace, Dimensions=wanted
    )
    found: dict[tuple[str, frozenset[tuple[str, str]]], tuple[str, dict[str, str]]] = {}
    for metric in (one for page in pages for one in page["Metrics"]):
        dimensions = {one["Name"]: one["Value"] for one in metric["Dimensions"]}
        further = {name: value for name, value in dimensions.items() if name not in own}
        key = (metric["MetricName"], frozenset(further.items()))
        found[key] = (metric["MetricName"], further)
    return list(found.values())


def _query(number: int, metric: Metric, period_seconds: int) -> dict[str, Any]:
    return {
        "Id": f"m{number}",
        "MetricStat": {
            "Metric": {
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": [{"Name": n, "Value": v} for n, v in metric.dimensions.items()],
            },
            "Period": period_seconds,
            "Stat": metric.statistic,
        },
    }
