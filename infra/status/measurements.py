"""The platform's own metrics, as CloudWatch keeps them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

from infra.status.facts import Measured
from infra.status.series import Metric, Span, known, series

Client = Callable[[str], Any]
LOOKED_BACK: Final = timedelta(days=62)
"""How far back the newest measurement may lie: drift is measured monthly at the least."""
DAY: Final = timedelta(days=1)
METRIC_NAMESPACE: Final = "MLOps"
OBJECTIVES: Final = {"Auc": "AUC", "Accuracy": "Accuracy"}
"""Metrics by which models are judged, as people write them; what each lost is ``<metric>Drop``."""
SHOWN: Final = frozenset(
    {
        *("PredictionDrift", "DataQualityViolations", "FeatureDrift"),
        *OBJECTIVES,
        *(f"{objective}Drop" for objective in OBJECTIVES),
    }
)


def newest(client: Client, stack: str, use_case: str) -> tuple[Measured, ...]:
    """Return the newest value of each metric of the loop, by feature group."""
    cloudwatch, own = client("cloudwatch"), own_dimensions(stack, use_case)
    metrics = [
        (name, further)
        for name, further in known(cloudwatch, METRIC_NAMESPACE, own)
        if name in SHOWN and "Feature" not in further
    ]
    points = series(
        cloudwatch,
        [measured(name, {**own, **further}) for name, further in metrics],
        ending(service_time(client), LOOKED_BACK, DAY),
    )
    found = [
        Measured(metric=name, dimensions=further, value=values[-1][1], at=values[-1][0])
        for (name, further), values in zip(metrics, points, strict=True)
        if values
    ]
    return tuple(sorted(found, key=lambda one: (one.metric, sorted(one.dimensions.items()))))


def own_dimensions(stack: str, use_case: str) -> dict[str, str]:
    """Return the dimensions that every metric of a use case bears."""
    return {"Stack": stack, "UseCase": use_case}


def measured(name: str, dimensions: dict[str, str]) -> Metric:
    """Return a metric of the loop as it is watched: by its worst value."""
    return Metric(namespace=METRIC_NAMESPACE, name=name, dimensions=dimensions, statistic="Maximum")


def ending(now: datetime, length: timedelta, period: timedelta) -> Span:
    """Return a span of whole periods that ends with the one that ``now`` lies in."""
    seconds = int(period.total_seconds())
    last = datetime.fromtimestamp(now.timestamp() // seconds * seconds, UTC)
    return Span(start=last + period - length, end=last + period, period_seconds=seconds)


def service_time(client: Client) -> datetime:
    """Return the service's own time: the emulator's clock is not this machine's."""
    answer = client("sts").get_caller_identity()
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    return parsedate_to_datetime(headers["date"]) if "date" in headers else datetime.now(UTC)
