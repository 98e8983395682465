"""Evaluate: champion and challenger on the same held-out images; the baseline for drift."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import balanced_accuracy_score, log_loss

from pipelines.digits import schema
from pipelines.digits.steps import inference, pixels
from pipelines.digits.steps.task import TASK
from pipelines.shared.steps import training_evaluate
from pipelines.shared.steps.task import PREDICTION


def main(argv: Sequence[str] | None = None) -> None:
    """Run the step."""
    training_evaluate.run(argv, TASK, Networks())


class Networks:
    """The models of digits: networks in PyTorch."""

    def candidate(self, folder: Path) -> dict[str, Any]:
        """Load the network that has not seen the held-out images."""
        return inference.load(folder, "candidate.pt")

    def served(self, folder: Path) -> dict[str, Any]:
        """Load the network that serves."""
        return inference.model_fn(str(folder))

    def predict(self, model: Mapping[str, Any], rows: pd.DataFrame) -> Any:  # noqa: ANN401 - a numpy array
        """Return each image's ten probabilities."""
        return inference.predict(model, pixels.unpacked(rows[pixels.COLUMN]))

    def answers(self, predicted: Any) -> dict[str, Any]:  # noqa: ANN401 - a numpy array
        """Return the digit that is read, and how surely."""
        return {
            PREDICTION: predicted.argmax(axis=1).astype(str).astype(object),
            schema.CONFIDENCE: predicted.max(axis=1).astype(np.float64),
        }

    def measure(self, rows: pd.DataFrame, predicted: Any) -> dict[str, float]:  # noqa: ANN401 - a numpy array
        """Return how good predictions are."""
        digits = rows[TASK.label].to_numpy()
        read = predicted.argmax(axis=1)
        # What is written as six digits sums to one no more exactly than that.
        shares = predicted.astype(np.float64)
        shares /= shares.sum(axis=1, keepdims=True)
        return {
            "accuracy": TASK.objective.score(digits, read),
            "balanced_accuracy": float(balanced_accuracy_score(digits, read)),
            "log_loss": float(log_loss(digits, shares, labels=list(schema.DIGITS))),
            "mean_confidence": float(predicted.max(axis=1).mean()),
            "rows": len(rows),
        }

    def quality(self, measured: Mapping[str, float]) -> dict[str, Any]:
        """Return the figures as SageMaker's model quality holds them."""
        return {
            "multiclass_classification_metrics": {
                name: {"value": measured[name], "standard_deviation": "NaN"}
                for name in ("accuracy", "balanced_accuracy", "log_loss")
            }
        }

    def sampled(self, model: dict[str, Any], rows: pd.DataFrame) -> tuple[str, str]:
        """Return a request about these images under other names, and the model's answer."""
        images = pixels.unpacked(rows[pixels.COLUMN]).reshape(len(rows), -1)
        request = "".join(
            f"sample-{number},{','.join(map(str, image))}\n"
            for number, image in enumerate(images.tolist(), 1)
        )
        answer = inference.predict_fn(inference.input_fn(request, inference.CSV), model)
        return request, inference.output_fn(answer, inference.CSV)[0]


if __name__ == "__main__":
    main()
