"""Evaluate: champion and challenger on the same held-out flights; the baseline for drift."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import log_loss

from pipelines.flights.steps import inference
from pipelines.flights.steps.task import TASK
from pipelines.shared.steps import training_evaluate
from pipelines.shared.steps.task import PREDICTION


def main(argv: Sequence[str] | None = None) -> None:
    """Run the step."""
    training_evaluate.run(argv, TASK, Boosters())


class Boosters:
    """The models of flights: XGBoost's, with the encoders of their features."""

    def candidate(self, folder: Path) -> dict[str, Any]:
        """Load the model that has not seen the held-out flights."""
        return inference.load(folder, "candidate.json")

    def served(self, folder: Path) -> dict[str, Any]:
        """Load the model that serves."""
        return inference.model_fn(str(folder))

    def predict(self, model: Mapping[str, Any], rows: pd.DataFrame) -> Any:  # noqa: ANN401 - a numpy array
        """Return each flight's probability of being late."""
        return inference.predict(model, rows)

    def answers(self, predicted: Any) -> dict[str, Any]:  # noqa: ANN401 - a numpy array
        """Return the probabilities."""
        return {PREDICTION: np.asarray(predicted, dtype=np.float64)}

    def measure(self, rows: pd.DataFrame, predicted: Any) -> dict[str, float]:  # noqa: ANN401 - a numpy array
        """Return how good predictions are."""
        late = rows[TASK.label].to_numpy()
        probability = np.asarray(predicted, dtype=np.float64)
        return {
            "auc": TASK.objective.score(late, probability),
            "log_loss": float(log_loss(late, probability, labels=[0, 1])),
            "late_rate": float(late.mean()),
            "predicted_late_rate": float(probability.mean()),
            "rows": len(rows),
        }

    def quality(self, measured: Mapping[str, float]) -> dict[str, Any]:
        """Return the figures as SageMaker's model quality holds them."""
        return {
            "binary_classification_metrics": {
                name: {"value": measured[name], "standard_deviation": "NaN"}
                for name in ("auc", "log_loss")
            }
        }

    def sampled(self, model: dict[str, Any], rows: pd.DataFrame) -> tuple[str, str]:
        """Return a request about these flights under other names, and the model's answer."""
        asked = rows[[*TASK.features]].copy()
        asked.insert(0, "flight_id", [f"sample-{number}" for number in range(1, len(rows) + 1)])
        request = asked.to_csv(header=False, index=False)
        answer = inference.predict_fn(inference.input_fn(request, inference.CSV), model)
        return request, inference.output_fn(answer, inference.CSV)[0]


if __name__ == "__main__":
    main()
