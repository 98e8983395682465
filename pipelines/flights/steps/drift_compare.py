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
from sklearn.metrics import roc_auc_score

from pipelines.flights import schema
from pipelines.flights.steps import storage, tables
from pipelines.flights.steps.metrics import Metric, publish
from pipelines.shared.drift.detector import Baseline, Statistic, compare

PREDICTION = "prediction"
LEAST_LABELLED = 100
"""Below so many labelled rows, or with one label only, no AUC is published."""


def main(argv: Sequence[str] | None = None) -> None:
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
        statistics = compare(known, columns(traffic))
    metrics = [*drift_metrics(statistics), *performance(traffic, facts["auc"])]
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


def columns(traffic: pd.DataFrame) -> dict[str, Any]:
    """Return the traffic as the detector takes it."""
    return {
        name: traffic[name].to_numpy(dtype=object if name in schema.CATEGORICAL else np.float64)
        for name in (*schema.MODEL_FEATURES, PREDICTION)
    }


def drift_metrics(statistics: list[Statistic]) -> list[Metric]:
    """Return drift by feature, by feature group (its worst feature) and of the prediction."""
    metrics = []
    groups: dict[str, list[Statistic]] = {}
    for one in statistics:
        if one.feature == PREDICTION:
            if one.psi is not None:
                metrics.append(Metric("PredictionDrift", one.psi))
            continue
        group = schema.GROUP_OF[one.feature]
        groups.setdefault(group, []).append(one)
        if one.psi is not None:
            dimensions = {"FeatureGroup": group, "Feature": one.feature}
            metrics.append(Metric("FeatureDrift", one.psi, dimensions))
    for group, members in groups.items():
        dimensions = {"FeatureGroup": group}
        known = [one.psi for one in members if one.psi is not None]
        if known:
            metrics.append(Metric("FeatureDrift", max(known), dimensions))
        missing = max(one.missing_rate for one in members)
        metrics.append(Metric("MissingRate", missing, dimensions))
    return metrics


def performance(traffic: pd.DataFrame, registered: str) -> list[Metric]:
    """Return how good the predictions were where the label is known."""
    known = traffic[traffic["late"].notna()]
    metrics = [Metric("LabelledRows", len(known), unit="Count")]
    if len(known) >= LEAST_LABELLED and known["late"].nunique() > 1:
        auc = float(roc_auc_score(known["late"], known[PREDICTION]))
        metrics.append(Metric("Auc", auc))
        if registered:
            metrics.append(Metric("AucDrop", float(registered) - auc))
    return metrics


def broken(statistics: list[Statistic]) -> list[str]:
    """Return the rules that the traffic breaks: a feature that is no longer delivered at all."""
    return [
        f"traffic.not_all_null: {one.feature}"
        for one in statistics
        if one.missing_rate == 1.0 and one.baseline_missing_rate < 1.0
    ]


if __name__ == "__main__":
    main()
