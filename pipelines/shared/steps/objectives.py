"""Figures by which versions are compared. Need scikit-learn, which every image of ours has."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from pipelines.shared.steps.task import Objective


def auc(labels: Any, predicted: Any) -> float:  # noqa: ANN401 - arrays
    """Return the area under the ROC curve of probabilities."""
    return float(roc_auc_score(labels, predicted))


def accuracy(labels: Any, predicted: Any) -> float:  # noqa: ANN401 - arrays
    """Return the share of rows whose predicted class, a number or its text, is the label."""
    said = np.asarray(predicted).astype(np.float64)
    return float((np.asarray(labels).astype(np.float64) == said).mean())


AUC = Objective(name="auc", metric="Auc", floor=0.5, score=auc)
ACCURACY = Objective(name="accuracy", metric="Accuracy", floor=0.0, score=accuracy)
