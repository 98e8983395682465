"""What ``/metrics`` tells, in Prometheus' words, where the image has its library."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

from pipelines.server.answering import Predicted

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


class NoMetrics:
    """Takes what it is told and keeps none of it."""

    def answered(self, status: int, seconds: float) -> None:
        """Note an answer to ``/invocations``."""

    def refused(self, reason: str) -> None:
        """Note a request that was not predicted."""

    def waited(self, seconds: float) -> None:
        """Note how long a request was queued."""

    def predicted(self, call: Predicted) -> None:
        """Note a call of ``predict_fn``."""

    def text(self) -> tuple[bytes, str] | None:
        """Return the page and its content type; ``None`` where nothing is kept."""
        return None


class Metrics(NoMetrics):
    """Counters and histograms of one server."""

    def __init__(self, queue: Callable[[], int]) -> None:
        from prometheus_client import (  # noqa: PLC0415 - not in every environment
            CollectorRegistry,
            Counter,
            Gauge,
            Histogram,
            ProcessCollector,
        )

        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._requests = Counter(
            "serving_requests", "Answers to /invocations", ["code"], registry=registry
        )
        self._refused = Counter(
            "serving_refused", "Requests not predicted", ["reason"], registry=registry
        )
        self._seconds = Histogram(
            "serving_request_seconds",
            "From arrival to answer",
            buckets=SECONDS,
            registry=registry,
        )
        self._waited = Histogram(
            "serving_queue_seconds",
            "In the queue, company included",
            buckets=SECONDS,
            registry=registry,
        )
        self._predict = Histogram(
            "serving_predict_seconds", "Of a call of predict_fn", buckets=SECONDS, registry=registry
        )
        self._rows = Histogram(
            "serving_batch_rows", "Of a call of predict_fn", buckets=SIZES, registry=registry
        )
        self._joined = Histogram(
            "serving_batch_requests",
            "Joined in a call of predict_fn",
            buckets=SIZES,
            registry=registry,
        )
        self._failed = Counter(
            "serving_predict_failures",
            "Calls of predict_fn that raised",
            ["joined"],
            registry=registry,
        )
        waiting = Gauge("serving_queue_requests", "Requests that wait", registry=registry)
        waiting.set_function(queue)
        self._codes: dict[int, Any] = {}

    def answered(self, status: int, seconds: float) -> None:
        """Note an answer to ``/invocations``."""
        child = self._codes.get(status)
        if child is None:
            child = self._codes[status] = self._requests.labels(str(status))
        child.inc()
        self._seconds.observe(seconds)

    def refused(self, reason: str) -> None:
        """Note a request that was not predicted."""
        self._refused.labels(reason).inc()

    def waited(self, seconds: float) -> None:
        """Note how long a request was queued."""
        self._waited.observe(seconds)

    def predicted(self, call: Predicted) -> None:
        """Note a call of ``predict_fn``."""
        self._predict.observe(call.seconds)
        self._rows.observe(call.rows)
        self._joined.observe(call.requests)
        if call.failed:
            self._failed.labels("yes" if call.requests > 1 else "no").inc()

    def text(self) -> tuple[bytes, str] | None:
        """Return the page and its content type."""
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest  # noqa: PLC0415

        return generate_latest(self._registry), CONTENT_TYPE_LATEST


def metrics(queue: Callable[[], int]) -> NoMetrics:
    """Return metrics of a server whose queue is asked for its length."""
    if importlib.util.find_spec("prometheus_client") is None:
        return NoMetrics()
    return Metrics(queue)
