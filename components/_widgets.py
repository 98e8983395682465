"""Bodies of CloudWatch dashboards as plain functions of names: no resources, no Outputs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

WIDTH = 24
"""Columns of a dashboard."""
HEIGHT = 6
DAY_SECONDS = 24 * 3600
HOUR_SECONDS = 3600
FIVE_MINUTES_SECONDS = 300

Widget = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelView:
    """The names that the dashboard of one model is made of."""

    title: str
    region: str
    endpoint: str
    variants: Sequence[str]
    dimensions: Mapping[str, str]
    """Of the platform's own metrics."""
    metric_namespace: str
    feature_groups: Sequence[str]
    feature_threshold: float
    prediction_threshold: float
    drop_threshold: float
    pipelines: Sequence[str]
    functions: Sequence[str]
    api: str
    alarm_arns: Sequence[str]
    decisions_log_group: str
    runbooks_url: str
    scores_batches: bool = False
    compares_shadow: bool = False
    objective: str = "Auc"


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """Widgets side by side, equally wide."""

    widgets: Sequence[Widget]
    height: int = HEIGHT


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """A chart of one or several metrics."""

    title: str
    metrics: Sequence[Sequence[Any]]
    """Each ``[namespace, metric, dimension, value, ..., {options}]``, as CloudWatch takes them."""
    statistic: str = "Sum"
    period_seconds: int = FIVE_MINUTES_SECONDS
    limits: Mapping[str, float] = field(default_factory=dict)
    """Lines drawn across, by their label."""


def model_body(view: ModelView) -> str:
    """Return the dashboard of a model: who asks, how it answers, whether the world has changed."""
    region = view.region
    return body(
        [
            Row(widgets=[text(_head(view))], height=2),
            Row(widgets=[alarms("Alarms", view.alarm_arns)], height=3),
            Row(widgets=[chart(one, region) for one in _answers(view)]),
            Row(widgets=[chart(one, region) for one in _instances(view)]),
            Row(widgets=[chart(one, region) for one in _drift(view)]),
            *([Row(widgets=[chart(one, region) for one in _shadow(view)])] * view.compares_shadow),
            Row(widgets=[chart(one, region) for one in _runs(view)]),
            Row(widgets=[decisions(view.decisions_log_group, region)]),
        ]
    )


def team_body(title: str, views: Sequence[ModelView]) -> str:
    """Return the dashboard of a team: each of its models in one row."""
    rows = [Row(widgets=[text(f"# {title}")], height=1)]
    for view in views:
        answers, drift, runs = _answers(view), _drift(view), _runs(view)
        shown = (answers[0], answers[1], drift[0], runs[0])
        rows += [
            Row(widgets=[alarms(view.title, view.alarm_arns)], height=2),
            Row(widgets=[chart(one, view.region) for one in shown]),
        ]
    return body(rows)


def body(rows: Sequence[Row]) -> str:
    """Return a dashboard's body, row below row."""
    placed: list[dict[str, Any]] = []
    top = 0
    for row in rows:
        width = WIDTH // len(row.widgets)
        placed += [
            {"x": column * width, "y": top, "width": width, "height": row.height, **widget}
            for column, widget in enumerate(row.widgets)
        ]
        top += row.height
    return json.dumps({"widgets": placed}, sort_keys=True)


def text(markdown: str) -> Widget:
    """Return a widget of words."""
    return {"type": "text", "properties": {"markdown": markdown}}


def alarms(title: str, arns: Sequence[str]) -> Widget:
    """Return the states of alarms."""
    return {"type": "alarm", "properties": {"title": title, "alarms": list(arns)}}


def chart(what: Chart, region: str) -> Widget:
    """Return a chart over time."""
    properties: dict[str, Any] = {
        "title": what.title,
        "view": "timeSeries",
        "region": region,
        "stat": what.statistic,
        "period": what.period_seconds,
        "metrics": [list(metric) for metric in what.metrics],
    }
    if what.limits:
        lines = [{"label": label, "value": value} for label, value in what.limits.items()]
        properties["annotations"] = {"horizontal": lines}
    return {"type": "metric", "properties": properties}


def decisions(log_group: str, region: str) -> Widget:
    """Return what the retraining gate decided, newest first."""
    query = (
        f"SOURCE '{log_group}' | fields @timestamp, decision, rule, reason"
        " | filter ispresent(decision) | sort @timestamp desc | limit 50"
    )
    return {
        "type": "log",
        "properties": {"title": "Retraining decisions", "region": region, "query": query},
    }


def _head(view: ModelView) -> str:
    return (
        f"# {view.title}\nendpoint `{view.endpoint}` · "
        f"`mlops lineage {view.endpoint}` tells where what serves came from · "
        f"[runbooks]({view.runbooks_url})"
    )


def _answers(view: ModelView) -> list[Chart]:
    def of_variants(metric: str, **options: Any) -> list[list[Any]]:  # noqa: ANN401 - CloudWatch's
        return [
            [
                "AWS/SageMaker",
                metric,
                "EndpointName",
                view.endpoint,
                "VariantName",
                variant,
                {"label": f"{variant} {options.get('stat', metric)}", **options},
            ]
            for variant in view.variants
        ]

    return [
        Chart(title="Requests", metrics=of_variants("Invocations")),
        Chart(
            title="Model latency (µs)",
            metrics=[
                metric
                for percentile in ("p50", "p90", "p99")
                for metric in of_variants("ModelLatency", stat=percentile)
            ],
        ),
        Chart(
            title="Failed requests",
            metrics=[*of_variants("Invocation4XXErrors"), *of_variants("Invocation5XXErrors")],
        ),
        Chart(
            title="Scoring API",
            metrics=[
                ["AWS/ApiGateway", metric, "ApiName", view.api]
                for metric in ("Count", "4XXError", "5XXError")
            ],
        ),
    ]


def _instances(view: ModelView) -> list[Chart]:
    def used(metric: str) -> list[list[Any]]:
        place = ["EndpointName", view.endpoint, "VariantName"]
        return [["/aws/sagemaker/Endpoints", metric, *place, each] for each in view.variants]

    return [
        Chart(title=title, metrics=[m for name in names for m in used(name)], statistic="Average")
        for title, names in (
            ("CPU and memory (%)", ("CPUUtilization", "MemoryUtilization")),
            ("GPU and its memory (%)", ("GPUUtilization", "GPUMemoryUtilization")),
            ("Disk (%)", ("DiskUtilization",)),
        )
    ]


def _own(view: ModelView, metric: str, **further: str) -> list[Any]:
    """Return one of the platform's own metrics."""
    named = {**view.dimensions, **further}
    return [view.metric_namespace, metric, *(part for pair in named.items() for part in pair)]


def _drift(view: ModelView) -> list[Chart]:
    own = partial(_own, view)
    groups = view.feature_groups
    return [
        Chart(
            title="Drift of features (PSI)",
            metrics=[own("FeatureDrift", FeatureGroup=group) for group in groups],
            statistic="Maximum",
            period_seconds=DAY_SECONDS,
            limits={"alarms": view.feature_threshold},
        ),
        Chart(
            title="Drift of predictions (PSI)",
            metrics=[own("PredictionDrift")],
            statistic="Maximum",
            period_seconds=DAY_SECONDS,
            limits={"alarms": view.prediction_threshold},
        ),
        Chart(
            title=f"{'AUC' if view.objective == 'Auc' else view.objective} on labelled traffic",
            metrics=[own(view.objective), own(f"{view.objective}Drop")],
            statistic="Maximum",
            period_seconds=DAY_SECONDS,
            limits={"drop alarms": view.drop_threshold},
        ),
        Chart(
            title="Quality of data",
            metrics=[
                own("DataQualityViolations"),
                *(own("MissingRate", FeatureGroup=group) for group in groups),
            ],
            statistic="Maximum",
            period_seconds=DAY_SECONDS,
        ),
    ]


def _shadow(view: ModelView) -> list[Chart]:
    return [
        Chart(
            title=title,
            metrics=[_own(view, metric) for metric in metrics],
            statistic="Maximum",
            period_seconds=DAY_SECONDS,
        )
        for title, metrics in (
            ("AUC of shadow and production", ("ShadowAuc", "ShadowProductionAuc")),
            ("Shadow: mean difference of scores", ("ShadowMeanDifference",)),
            ("Shadow: latency (times production's)", ("ShadowLatencyRatio",)),
            ("Shadow: days undecided", ("ShadowDays",)),
        )
    ]


def _runs(view: ModelView) -> list[Chart]:
    batches = Chart(
        title="Predictions of batches",
        metrics=[_own(view, "BatchPredictions")],
        period_seconds=DAY_SECONDS,
    )
    return [
        Chart(
            title="Runs of pipelines",
            metrics=[
                ["AWS/Sagemaker/ModelBuildingPipeline", metric, "PipelineName", name]
                for name in view.pipelines
                for metric in ("ExecutionSucceeded", "ExecutionFailed")
            ],
            period_seconds=DAY_SECONDS,
        ),
        Chart(
            title="Approved, not live",
            metrics=[_own(view, "ApprovedNotLive")],
            statistic="Maximum",
            period_seconds=HOUR_SECONDS,
        ),
        Chart(
            title="Duration of pipelines (ms)",
            metrics=[
                ["AWS/Sagemaker/ModelBuildingPipeline", "ExecutionDuration", "PipelineName", name]
                for name in view.pipelines
            ],
            statistic="Maximum",
            period_seconds=DAY_SECONDS,
        ),
        Chart(
            title="Functions",
            metrics=[
                ["AWS/Lambda", metric, "FunctionName", name]
                for name in view.functions
                for metric in ("Invocations", "Errors")
            ],
        ),
        *([batches] if view.scores_batches else []),
    ]
