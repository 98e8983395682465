"""Evaluate: champion and challenger on the same held-out flights; the baseline for drift."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import log_loss, roc_auc_score

from pipelines.flights import schema
from pipelines.flights.steps import inference, registry, tables
from pipelines.shared.drift.detector import Baseline
from pipelines.shared.serving import sample

NONE = "none"
"""SageMaker takes no empty metadata, and neither commas nor semicolons in it."""

SAMPLE_ROWS = 3

PREDICTION = "prediction"
"""Name of the predicted probability among the features of the baseline."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model-package-group", required=True)
    parser.add_argument("--input", type=Path, default=tables.PROCESSING / "input")
    parser.add_argument("--output", type=Path, default=tables.PROCESSING / "evaluation")
    given = parser.parse_args(argv)
    folder = Path(tempfile.mkdtemp())
    trained = registry.unpack(
        (given.input / "model" / "model.tar.gz").read_bytes(), folder / "challenger"
    )
    parts = {
        name: tables.read(given.input / name, name) for name in ("train", "validation", "holdout")
    }
    facts = tables.read_json(given.input / "facts" / "facts.json")
    holdout = parts["holdout"]
    probability = inference.predict(inference.load(trained, "candidate.json"), holdout)
    challenger = measure(holdout, probability)
    package = registry.champion(given.model_package_group)
    rival = None
    if package is not None:
        model = inference.model_fn(str(registry.download_model(package, folder / "champion")))
        rival = measure(holdout, inference.predict(model, holdout))
    evaluation = report(challenger, rival, package or {}, facts)
    tables.write_json(given.output / "evaluation.json", evaluation)
    rows = pd.concat(parts.values(), ignore_index=True)
    statistics = baseline(rows, probability).to_json()
    tables.write_json(given.output / "statistics.json", statistics)
    served = inference.model_fn(str(trained))
    sample.write(given.output, *sampled(served, holdout.head(SAMPLE_ROWS)))
    tables.say(f"challenger {challenger}, champion {rival}")


def measure(rows: pd.DataFrame, probability: Any) -> dict[str, float]:  # noqa: ANN401 - a numpy array
    """Return how good predictions are."""
    late = rows["late"].to_numpy()
    probability = np.asarray(probability, dtype=np.float64)
    return {
        "auc": float(roc_auc_score(late, probability)),
        "log_loss": float(log_loss(late, probability, labels=[0, 1])),
        "late_rate": float(late.mean()),
        "predicted_late_rate": float(probability.mean()),
        "rows": len(rows),
    }


def sampled(model: dict[str, Any], rows: pd.DataFrame) -> tuple[str, str]:
    """Return a request about these flights under other names, and the model's answer."""
    asked = rows[[*schema.MODEL_FEATURES]].copy()
    asked.insert(0, "flight_id", [f"sample-{number}" for number in range(1, len(rows) + 1)])
    request = asked.to_csv(header=False, index=False)
    answer = inference.predict_fn(inference.input_fn(request, inference.CSV), model)
    return request, inference.output_fn(answer, inference.CSV)[0]


def report(
    challenger: dict[str, float],
    champion: dict[str, float] | None,
    package: dict[str, Any],
    facts: dict[str, Any],
) -> dict[str, Any]:
    """Return the evaluation: SageMaker's metrics, the comparison, and the version's metadata."""
    gain = challenger["auc"] - champion["auc"] if champion else challenger["auc"] - 0.5
    metadata = {
        "auc": f"{challenger['auc']:.6f}",
        "champion_auc": f"{champion['auc']:.6f}" if champion else NONE,
        "champion_version": str(package.get("ModelPackageVersion", NONE)),
        "champion_saw_holdout": str(facts["champion_saw_holdout"]).lower(),
        "as_of": facts["as_of"],
        "rows": str(facts["rows"]),
        "training_window": facts["training_window"],
        "holdout_from": facts["holdout_from"],
        "evaluated": "candidate without the held-out flights - served model refitted on all",
    }
    return {
        "binary_classification_metrics": {
            "auc": {"value": challenger["auc"], "standard_deviation": "NaN"},
            "log_loss": {"value": challenger["log_loss"], "standard_deviation": "NaN"},
        },
        "challenger": challenger,
        "champion": champion or {},
        "comparison": {"champions": 1 if champion else 0, "auc_gain": gain},
        "metadata": metadata,
        "sources": facts["sources"],
    }


def baseline(rows: pd.DataFrame, probability: Any) -> Baseline:  # noqa: ANN401 - a numpy array
    """Return the statistics that traffic is compared with.

    The features are those of all training rows, the predictions those of the held-out flights: on
    flights that a model was fitted on it is surer than it will be in service.
    """
    columns = {
        name: rows[name].to_numpy(dtype=object if name in schema.CATEGORICAL else np.float64)
        for name in schema.MODEL_FEATURES
    }
    predicted = Baseline.build({PREDICTION: np.asarray(probability, dtype=np.float64)})
    return Baseline({**Baseline.build(columns).features, **predicted.features})


if __name__ == "__main__":
    main()
