"""Figures by which versions are compared. Need scikit-learn, which every image of ours has."""

from __future__ import annotations

from typing import Any

from sklearn.metrics import roc_auc_score

from pipelines.shared.steps.task import Objective


def auc(labels: Any, predicted: Any) -> float:  # noqa: ANN401 - arrays
    """Return the area under the ROC curve of probabilities."""
    return float(roc_auc_score(labels, predicted))


AUC = Objective(name="auc", metric="Auc", floor=0.5, score=auc)
