from __future__ import annotations

import pandas as pd

from pipelines.digits.steps import pixels
from pipelines.digits.steps.task import TASK
from pipelines.digits.steps.training_extract import WINDOW, newest
from pipelines.shared.drift.detector import Baseline, compare
from pipelines.shared.steps.drift_compare import drift_metrics, performance
from tests.unit.digits.support import various


def records(days: int) -> pd.DataFrame:
    when = pd.date_range("2025-01-01", periods=days, freq="D")
    return pd.DataFrame({"image_id": [f"i{day}" for day in range(days)], "taken_at": when})


def test_only_the_newest_images_are_trained_on_and_only_labelled_ones() -> None:
    truth = pd.Series({f"i{day}": float(day % 10) for day in range(90)})
    rows = newest(records(100), truth)
    assert rows["taken_at"].max() == pd.Timestamp("2025-03-31"), "ten days have no label yet"
    assert rows["taken_at"].max() - rows["taken_at"].min() == WINDOW
    assert rows["digit"].tolist()[-1] == 9


def test_images_survive_their_column_of_bytes() -> None:
    images = various(7)
    assert (pixels.unpacked(pixels.packed(images)) == images).all()


def test_the_predictions_drift_is_that_of_digit_or_confidence_whichever_is_worse() -> None:
    said = {"prediction": ["1", "2"] * 50, "confidence": [0.9, 0.95] * 50}
    columns = {
        "prediction": pd.Series(said["prediction"], dtype=object).to_numpy(),
        "confidence": pd.Series(said["confidence"]).to_numpy(),
    }
    unsure = {**columns, "confidence": columns["confidence"] / 2}
    metrics = drift_metrics(TASK, compare(Baseline.build(columns), unsure))
    by = {(one.name, one.dimensions.get("Answer")): one.value for one in metrics}
    assert by["PredictionDrift", "prediction"] == 0
    assert by["PredictionDrift", "confidence"] > 1
    assert by["PredictionDrift", None] == by["PredictionDrift", "confidence"]


def test_performance_is_the_share_of_digits_that_were_read() -> None:
    traffic = pd.DataFrame({"digit": [1.0, 2.0] * 60, "prediction": ["1", "3"] * 60})
    metrics = {one.name: one.value for one in performance(TASK, traffic, "0.9")}
    assert metrics == {"LabelledRows": 120, "Accuracy": 0.5, "AccuracyDrop": 0.4}
