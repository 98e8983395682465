"""Evaluate: how the models of a use case on one table are loaded, asked and measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipelines.shared.steps.task import PREDICTION
from pipelines.shared.steps.training_evaluate import Models
from pipelines.shared.tabular import inference
from pipelines.shared.tabular.declared import Declared
from pipelines.shared.tabular.task import objective

QUALITY = {
    "binary": "binary_classification_metrics",
    "multiclass": "multiclass_classification_metrics",
    "regression": "regression_metrics",
}
"""SageMaker's heading of the figures."""


def models(declared: Declared) -> Models:
    """Return the models as the shared step asks them."""
    return Boosters(declared)


@dataclass(frozen=True)
class Boosters:
    """XGBoost's models, with the encoders of their features."""

    declared: Declared

    def candidate(self, folder: Path) -> dict[str, Any]:
        """Load the model that has not seen the held-out rows."""
        return inference.load(folder, "candidate.json")

    def served(self, folder: Path) -> dict[str, Any]:
        """Load the model that serves."""
        return inference.model_fn(str(folder))

    def predict(self, model: Mapping[str, Any], rows: pd.DataFrame) -> Any:  # noqa: ANN401 - a numpy array
        """Return each row's prediction."""
        return inference.predict(model, rows)

    def answers(self, predicted: Any) -> dict[str, Any]:  # noqa: ANN401 - a numpy array
        """Return the predictions."""
        return {PREDICTION: np.asarray(predicted, dtype=np.float64)}

    def measure(self, rows: pd.DataFrame, predicted: Any) -> dict[str, float]:  # noqa: ANN401 - a numpy array
        """Return how good predictions are."""
        truth, wanted = rows[self.declared.label].to_numpy(), objective(self.declared)
        said = np.asarray(predicted, dtype=np.float64)
        return {
            wanted.name: wanted.score(truth, said),
            "mean_label": float(truth.mean()),
            "mean_prediction": float(said.mean()),
            "rows": len(rows),
        }

    def quality(self, measured: Mapping[str, float]) -> dict[str, Any]:
        """Return the objective as SageMaker's model quality holds it."""
        name = objective(self.declared).name
        figure = {"value": measured[name], "standard_deviation": "NaN"}
        return {QUALITY[self.declared.problem]: {name: figure}}

    def sampled(self, model: dict[str, Any], rows: pd.DataFrame) -> tuple[str, str]:
        """Return a request about these rows under other names, and the model's answer."""
        asked = rows[[*self.declared.features]].copy()
        names = [f"sample-{number}" for number in range(1, len(rows) + 1)]
        asked.insert(0, self.declared.identifier, names)
        request = asked.to_csv(header=False, index=False)
        answer = inference.predict_fn(inference.input_fn(request, inference.CSV), model)
        return request, inference.output_fn(answer, inference.CSV)[0]
