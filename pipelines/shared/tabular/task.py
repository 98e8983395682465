"""What the shared steps must know of a use case on one table."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.metrics import balanced_accuracy_score, r2_score

from pipelines.shared.steps.objectives import AUC
from pipelines.shared.steps.rules import Column, Table
from pipelines.shared.steps.task import Objective, Task
from pipelines.shared.tabular.declared import METRICS, TABLE, Declared


def task(declared: Declared) -> Task:
    """Return the task."""
    return Task(
        use_case=declared.use_case,
        rows=TABLE,
        identifier=declared.identifier,
        time=declared.time,
        label=declared.label,
        known_at="known_at",
        features=tuple(declared.features),
        categorical=declared.categorical,
        group_of=dict.fromkeys(declared.features, TABLE),
        objective=objective(declared),
        classes=tuple(range(len(declared.classes))) or None,
        class_names=declared.classes,
    )


def objective(declared: Declared) -> Objective:
    """Return the figure that versions are judged by."""
    name, metric = METRICS[declared.problem]
    if declared.problem == "binary":
        return AUC
    if declared.problem == "multiclass":
        return Objective(name, metric, floor=1 / len(declared.classes), score=_balanced_accuracy)
    return Objective(name, metric, floor=0.0, score=_r2)


def rules(declared: Declared) -> Table:
    """Return what the raw table must hold."""
    kinds = {"number": "number", "time": "time", "category": "text", "identifier": "text"}
    return Table(
        TABLE,
        {
            name: Column(kinds[one.kind], one.low, one.high, one.values, one.missing)
            for name, one in declared.columns.items()
        },
        identifier=declared.identifier,
        time=declared.time,
    )


def _balanced_accuracy(labels: Any, predicted: Any) -> float:  # noqa: ANN401 - arrays
    return float(
        balanced_accuracy_score(np.asarray(labels).astype(int), np.asarray(predicted).astype(int))
    )


def _r2(labels: Any, predicted: Any) -> float:  # noqa: ANN401 - arrays
    """Return the share of the variance that is explained; 0 also where a mean would do better."""
    return max(0.0, float(r2_score(labels, predicted)))
