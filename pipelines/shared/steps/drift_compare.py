"""Compare: traffic with the live model's baseline, and predictions with what became of them."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipelines.shared.drift.detector import Baseline, Statistic, compare
from pipelines.shared.steps import storage, tables
from pipelines.shared.steps.metrics import Metric, publish
from pipelines.shared.steps.task import PREDICTION, Task

LEAST_LABELLED = 100
"""Below so many labelled rows, or with one label only, no performance is published."""


def run(argv: Sequence[str] | None, task: Task) -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--namespace", required=True)
    parser.add_argument("--stack", required=True)
    parser.add_argument("--use-case", required=True)
    parser.add_argument("--artifacts-bucket", required=True)
    parser.add_argument("--input", type=Path, default=tables.PROCESSING / "input" / "traffic")
    parser.add_argument("--output", type=Path, default=tables.PROCESSING / "drift")
    given = parser.parse_args(argv)
    traffic = tables.read(given.input, "traffic")
    facts = tables.read_json(given.input / "facts.json")
    when = tables.timestamp(facts["as_of"])
    statistics: list[Statistic] = []
    if len(traffic):
        known = Baseline.from_json(tables.read_json(given.input / "statistics.json"))
        statistics = compare(known, columns(task, traffic))
    metrics = [
        *drift_metrics(task, statistics),
        *performance(task, traffic, facts[task.objective.name]),
    ]
    metrics.append(Metric("DataQualityViolations", len(broken(statistics)), unit="Count"))
    publish(
        metrics,
        namespace=given.namespace,
        stack=given.stack,
        use_case=given.use_case,
        when=when,
    )
    report = {
        **facts,
        "rows": len(traffic),
        "statistics": [asdict(one) for one in statistics],
        "violations": broken(statistics),
        "metrics": [asdict(one) for one in metrics],
    }
    tables.write_json(given.output / "drift.json", report)
    storage.client("s3").put_object(
        Bucket=given.artifacts_bucket,
        Key=f"drift/{when.isoformat()}/drift.json",
        Body=json.dumps(report, sort_keys=True).encode(),
    )
    for one in statistics:
        psi = "none" if one.psi is None else f"{one.psi:.3f}"
        tables.say(f"{one.feature}: PSI {psi}, missing {one.missing_rate:.1%}")


def columns(task: Task, traffic: pd.DataFrame) -> dict[str, Any]:
    """Return the traffic as the detector takes it."""
    return {
        name: traffic[name].to_numpy(dtype=object if name in task.categorical else np.float64)
        for name in (*task.features, PREDICTION, *task.answers)
    }


def drift_metrics(task: Task, statistics: list[Statistic]) -> list[Metric]:
    """Return drift by feature, by feature group (its worst feature) and of the prediction.

    Where the model says more than one thing, the prediction's is that of the worst.
    """
    metrics = []
    groups: dict[str, list[Statistic]] = {}
    said: dict[str, float] = {}
    for one in statistics:
        if one.feature in {PREDICTION, *task.answers}:
            if one.psi is not None:
                said[one.feature] = one.psi
            continue
        group = task.group_of[one.feature]
        groups.setdefault(group, []).append(one)
        if one.psi is not None:
            dimensions = {"FeatureGroup": group, "Feature": one.feature}
            metrics.append(Metric("FeatureDrift", one.psi, dimensions))
    if said:
        metrics.append(Metric("PredictionDrift", max(said.values())))
    if task.answers:
        metrics += [Metric("PredictionDrift", psi, {"Answer": name}) for name, psi in said.items()]
    for group, members in groups.items():
        dimensions = {"FeatureGroup": group}
        known = [one.psi for one in members if one.psi is not None]
        if known:
            metrics.append(Metric("FeatureDrift", max(known), dimensions))
        missing = max(one.missing_rate for one in members)
        metrics.append(Metric("MissingRate", missing, dimensions))
    return metrics


def performance(task: Task, traffic: pd.DataFrame, registered: str) -> list[Metric]:
    """Return how good the predictions were where the label is known."""
    known = traffic[traffic[task.label].notna()]
    objective = task.objective
    metrics = [Metric("LabelledRows", len(known), unit="Count")]
    if len(known) >= LEAST_LABELLED and known[task.label].nunique() > 1:
        reached = objective.score(known[task.label], known[PREDICTION])
        metrics.append(Metric(objective.metric, reached))
        if registered:
            metrics.append(Metric(f"{objective.metric}Drop", float(registered) - reached))
    return metrics


def broken(statistics: list[Statistic]) -> list[str]:
    """Return the rules that the traffic breaks: a feature that is no longer delivered at all."""
    return [
        f"traffic.not_all_null: {one.feature}"
        for one in statistics
        if one.missing_rate == 1.0 and one.baseline_missing_rate < 1.0
    ]
