"""What CloudWatch is told of invocations: one statistic set a minute, not a datum a request."""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.emulator.context import Context
from infra.emulator.quiet import Quiet

if TYPE_CHECKING:
    from infra.emulator.hosting.fleet import Variant

log = logging.getLogger(__name__)

NAMESPACE = "AWS/SageMaker"
_UNITS = {"ModelLatency": "Microseconds", "OverheadLatency": "Microseconds"}
_SINGLE = frozenset({"ModelLatency"})
"""Told value by value, or CloudWatch could give no percentiles of them."""
_MAX_VALUES = 150
"""What ``PutMetricData`` takes in one datum."""


@dataclass(slots=True)
class Statistic:
    """Count, sum and bounds of some values."""

    count: int = 0
    total: float = 0.0
    low: float = field(default=float("inf"))
    high: float = field(default=float("-inf"))
    values: list[float] = field(default_factory=list)

    def add(self, value: float) -> None:
        """Take one value in."""
        self.count += 1
        self.total += value
        self.low = min(self.low, value)
        self.high = max(self.high, value)
        self.values.append(value)

    def spread(self) -> tuple[list[float], list[float]]:
        """Return the values with their counts; where they are too many, means of neighbours."""
        ordered = sorted(self.values)
        size = -(-len(ordered) // _MAX_VALUES)
        groups = [ordered[first : first + size] for first in range(0, len(ordered), size)]
        return [sum(one) / len(one) for one in groups], [float(len(one)) for one in groups]


@dataclass(frozen=True, slots=True)
class Series:
    """Which endpoint's and variant's minute."""

    region: str
    endpoint: str
    variant: str
    minute: datetime


class Metrics:
    """Invocations, errors and latencies of all endpoints of an emulator."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lock = threading.Lock()
        self._series: dict[Series, dict[str, Statistic]] = {}
        self._quiet = Quiet(context, "endpoint metrics", self.flush)

    def add(  # noqa: PLR0913 - what a datum says
        self,
        region: str,
        endpoint: str,
        variant: Variant,
        *,
        status: int,
        model: float,
        all_in: float,
    ) -> None:
        """Count one invocation; ``model`` and ``all_in`` are seconds."""
        minute = self._context.clock.now().replace(second=0, microsecond=0)
        series = Series(region, endpoint, variant.name, minute)
        values = {
            "Invocations": 1.0,
            "Invocation4XXErrors": float(400 <= status < 500),  # noqa: PLR2004 - HTTP's classes
            "Invocation5XXErrors": float(status >= 500),  # noqa: PLR2004
            "ModelLatency": model * 1e6,
            "OverheadLatency": (all_in - model) * 1e6,
            "ConcurrentRequestsPerModel": float(variant.server.busiest()),
        }
        if variant.instances:
            values["InvocationsPerInstance"] = 1.0 / variant.instances
        with self._lock:
            statistics = self._series.setdefault(series, defaultdict(Statistic))
            for name, value in values.items():
                statistics[name].add(value)
        self._quiet.added(1)

    def tell(self, region: str, endpoint: str, values: Mapping[str, float]) -> None:
        """Hand CloudWatch what is so at this moment of an endpoint as a whole."""
        now = self._context.clock.now()
        data = [
            {
                "MetricName": name,
                "Dimensions": [{"Name": "EndpointName", "Value": endpoint}],
                "Timestamp": now,
                "Value": value,
            }
            for name, value in values.items()
        ]
        try:
            cloudwatch = self._context.client("cloudwatch", region)
            cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=data)
        except (BotoCoreError, ClientError) as error:
            log.warning("metrics of endpoint %s: %s", endpoint, error)

    def flush(self) -> None:
        """Hand what was counted to CloudWatch."""
        with self._lock:
            taken, self._series = self._series, {}
        for series, statistics in taken.items():
            data = [_datum(series, name, s) for name, s in statistics.items()]
            try:
                cloudwatch = self._context.client("cloudwatch", series.region)
                cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=data)
            except (BotoCoreError, ClientError) as error:
                log.warning("metrics of endpoint %s: %s", series.endpoint, error)


def _datum(series: Series, name: str, statistic: Statistic) -> dict[str, Any]:
    told: dict[str, Any] = {
        "StatisticValues": {
            "SampleCount": statistic.count,
            "Sum": statistic.total,
            "Minimum": statistic.low,
            "Maximum": statistic.high,
        }
    }
    if name in _SINGLE:
        values, counts = statistic.spread()
        told = {"Values": values, "Counts": counts}
    return {
        "MetricName": name,
        "Dimensions": [
            {"Name": "EndpointName", "Value": series.endpoint},
            {"Name": "VariantName", "Value": series.variant},
        ],
        "Timestamp": series.minute,
        "Unit": _UNITS.get(name, "Count"),
        **told,
    }
