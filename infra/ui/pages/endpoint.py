"""The endpoint: what serves, what was approved, and its traffic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Final

from botocore.exceptions import ClientError

from infra.status.endpoint import endpoint
from infra.status.facts import Endpoint
from infra.status.measurements import METRIC_NAMESPACE, ending, own_dimensions
from infra.status.series import Metric, Points, Span, series
from infra.ui.charts import Chart, Line, Scale, chart
from infra.ui.look import Look, Page
from pipelines.shared.serving.variants import MISSING

NAMESPACE: Final = "AWS/SageMaker"
RANGES: Final = {1: 300, 7: 3600, 30: 21_600, 90: 86_400, 365: 86_400}
"""Days that can be looked back, and the seconds that one point stands for."""
TRAFFIC: Final = (
    ("Invocations", "Sum"),
    ("ModelLatency", "Average"),
    ("ModelLatency", "p99"),
    ("Invocation4XXErrors", "Sum"),
    ("Invocation5XXErrors", "Sum"),
)
SHADOW: Final = {
    "ShadowDays": "days watched",
    "ShadowRequests": "requests that both answered",
    "ShadowLabelledRows": "rows of them with a label",
    "ShadowAuc": "its AUC",
    "ShadowProductionAuc": "production's AUC",
    "ShadowMeanDifference": "mean distance of the scores",
    "ShadowLatencyRatio": "p99 latency over production's",
    "ShadowErrorPercent": "requests that failed, %",
}
MICROSECONDS: Final = 1000


def page(look: Look, use_case: str, days: int) -> Page:
    """Return the endpoint's page over so many days."""
    settings = look.source.use_case(use_case)
    name = look.prefix(use_case)
    span = ending(look.now, timedelta(days=days), timedelta(seconds=RANGES[days]))
    sagemaker = look.client("sagemaker")
    panels = look.ask(
        {
            "served": lambda: endpoint(sagemaker, name, settings.serving),
            "configured": partial(_config, sagemaker, name),
            "traffic": partial(_traffic, look, name, settings.serving, span),
            "shadow": partial(_shadow, look, use_case),
        }
    )
    return Page(
        template="endpoint.html.j2",
        title=f"Endpoint of {use_case}",
        use_case=use_case,
        section="endpoint",
        facts={
            **panels,
            "days": days,
            "ranges": list(RANGES),
            "span": span,
            "serving": settings.serving,
        },
    )


def _config(sagemaker: Any, name: str) -> dict[str, Any]:
    """Return when it changed, and by which configuration; nothing before it is created."""
    try:
        told = sagemaker.describe_endpoint(EndpointName=name)
    except ClientError as error:
        if error.response["Error"]["Code"] in MISSING:
            return {}
        raise
    return {
        "configuration": told.get("EndpointConfigName", ""),
        "created": told.get("CreationTime"),
        "changed": told.get("LastModifiedTime"),
    }


def _traffic(look: Look, name: str, serving: Any, span: Span) -> list[Chart]:
    """Return the charts of what came in, how long it took, and what failed."""
    found: Endpoint = endpoint(look.client("sagemaker"), name, serving)
    variants = [one.name for one in found.variants]
    wanted = [
        Metric(
            namespace=NAMESPACE,
            name=metric,
            dimensions={"EndpointName": name, "VariantName": variant},
            statistic=statistic,
        )
        for variant in variants
        for metric, statistic in TRAFFIC
    ]
    points = series(look.client("cloudwatch"), wanted, span)
    return list(_charts(variants, points, span))


def _charts(variants: Sequence[str], points: Sequence[Points], span: Span) -> Iterator[Chart]:
    held = {
        (variant, metric): points[row * len(TRAFFIC) + column]
        for row, variant in enumerate(variants)
        for column, metric in enumerate(TRAFFIC)
    }

    def lines(metric: str, statistic: str, said: str = "", scale: float = 1) -> list[Line]:
        return [
            Line(
                name=f"{variant}{said}",
                points=tuple(
                    (at, value / scale) for at, value in held[variant, (metric, statistic)]
                ),
            )
            for variant in variants
        ]

    yield chart("Requests", lines("Invocations", "Sum"), span)
    yield chart(
        "Model latency",
        [
            *lines("ModelLatency", "Average", " mean", MICROSECONDS),
            *lines("ModelLatency", "p99", " p99", MICROSECONDS),
        ],
        span,
        Scale(unit="ms"),
    )
    yield chart(
        "Requests that failed",
        [
            *lines("Invocation4XXErrors", "Sum", " 4XX"),
            *lines("Invocation5XXErrors", "Sum", " 5XX"),
        ],
        span,
    )


def _shadow(look: Look, use_case: str) -> dict[str, float]:
    """Return the newest figures of the shadow beside production, by what they mean."""
    own = own_dimensions(look.stack, use_case)
    wanted = [
        Metric(namespace=METRIC_NAMESPACE, name=name, dimensions=own, statistic="Maximum")
        for name in SHADOW
    ]
    span = ending(look.now, timedelta(days=14), timedelta(days=1))
    points = series(look.client("cloudwatch"), wanted, span)
    return {
        said: values[-1][1] for said, values in zip(SHADOW.values(), points, strict=True) if values
    }
