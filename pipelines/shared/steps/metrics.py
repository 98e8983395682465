"""Metrics of the platform's contract, written to CloudWatch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from pipelines.shared.steps import storage

BATCH = 150
"""Metrics in one call; CloudWatch takes up to 1,000 and 1 MB."""


@dataclass(frozen=True)
class Metric:
    """One value."""

    name: str
    value: float
    dimensions: Mapping[str, str] = field(default_factory=dict)
    """Beside ``Stack`` and ``UseCase``."""
    unit: str = "None"


def publish(
    metrics: list[Metric], *, namespace: str, stack: str, use_case: str, when: pd.Timestamp
) -> None:
    """Write metrics with the time of the data they speak of."""
    data: list[dict[str, Any]] = [
        {
            "MetricName": metric.name,
            "Timestamp": when.tz_localize("UTC").to_pydatetime(),
            "Value": metric.value,
            "Unit": metric.unit,
            "Dimensions": [
                {"Name": name, "Value": value}
                for name, value in {
                    "Stack": stack,
                    "UseCase": use_case,
                    **metric.dimensions,
                }.items()
            ],
        }
        for metric in metrics
    ]
    cloudwatch = storage.client("cloudwatch")
    for start in range(0, len(data), BATCH):
        cloudwatch.put_metric_data(Namespace=namespace, MetricData=data[start : start + BATCH])
