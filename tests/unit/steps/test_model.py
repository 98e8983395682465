from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from pipelines.flights import schema
from pipelines.flights.steps import inference, train
from pipelines.flights.steps.task import TASK
from pipelines.flights.steps.training_evaluate import Boosters
from pipelines.shared.steps import tables
from pipelines.shared.steps.task import PREDICTION
from pipelines.shared.steps.training_evaluate import baseline, report
from pipelines.shared.steps.training_split import split


def flights(rows: int, seed: int = 1) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    table = pd.DataFrame(
        {name: draw.normal(size=rows) for name in schema.MODEL_FEATURES if name != "carrier"}
    )
    for name in schema.CATEGORICAL:
        table[name] = draw.choice(["A", "B", "C"], rows)
    table["temp"] = table["temp"].where(draw.random(rows) > 0.1)
    odds = 2 * (table["carrier"] == "B") + table["distance"] - 1
    table["late"] = (draw.random(rows) < expit(odds)).astype(int)
    table["flight_id"] = [f"f{i}" for i in range(rows)]
    table["sched_dep"] = pd.date_range("2013-01-01", periods=rows, freq="h")
    return table


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a model trained as the Train step does it."""
    root = tmp_path_factory.mktemp("train")
    parts, _ = split(flights(2_000), "sched_dep", None)
    for name, part in parts.items():
        tables.write(root / "data" / name, name, part)
    chosen = ["--final", '"true"', "--rounds", "20", "--max_depth", '"3"']
    folders = ["--data", str(root / "data"), "--model-dir", str(root / "model")]
    train.main([*chosen, *folders])
    return root / "model"


def request(rows: pd.DataFrame) -> str:
    columns = ["flight_id", *schema.MODEL_FEATURES]
    return rows[columns].to_csv(header=False, index=False)


def test_a_trained_model_holds_what_serving_and_evaluation_need(folder: Path) -> None:
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert names == {
        "candidate.json",
        "code/inference.py",
        "encoders.json",
        "training.json",
        "xgboost-model.json",
    }
    encoders = json.loads((folder / "encoders.json").read_text())
    assert encoders["categories"]["carrier"] == ["A", "B", "C"]


def test_an_interrupted_training_goes_on_to_the_same_models(folder: Path, tmp_path: Path) -> None:
    def trained(rounds: int, model: Path, *more: str) -> dict[str, bytes]:
        chosen = ["--final", "true", "--rounds", str(rounds), "--max_depth", "3"]
        folders = ["--data", str(folder.parent / "data"), "--model-dir", str(model)]
        train.main([*chosen, *folders, *more])
        return {path.name: path.read_bytes() for path in model.glob("*.json")}

    kept = ["--checkpoints", str(tmp_path / "checkpoints")]
    trained(25, tmp_path / "interrupted", *kept)
    assert trained(40, tmp_path / "resumed", *kept) == trained(40, tmp_path / "straight")


def test_a_trial_prints_its_metric_on_the_way(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train.main(["--rounds", "60", "--max_depth", "3", "--data", str(folder.parent / "data")])
    told = re.findall(r"^\[(\d+)\] validation-auc:0\.\d+$", capsys.readouterr().out, re.MULTILINE)
    assert told == ["25", "50", "60"]


def test_a_request_is_answered_as_the_same_rows_are_predicted(folder: Path) -> None:
    rows = flights(300, seed=2)
    model = inference.model_fn(str(folder))
    asked = inference.input_fn(request(rows), "text/csv; charset=utf-8")
    body, content_type = inference.output_fn(inference.predict_fn(asked, model), "*/*")
    answers = [line.split(",") for line in body.splitlines()]
    assert content_type == "text/csv"
    assert [flight for flight, _ in answers] == rows["flight_id"].tolist()
    expected = inference.predict(model, rows)
    np.testing.assert_allclose([float(share) for _, share in answers], expected, atol=2e-6)


def test_a_sample_is_answered_as_the_served_model_does_and_names_no_flight(folder: Path) -> None:
    rows = flights(3, seed=4)
    model = inference.model_fn(str(folder))
    asked, answer = Boosters().sampled(model, rows)
    told = [line.split(",") for line in answer.splitlines()]
    assert [name for name, _ in told] == ["sample-1", "sample-2", "sample-3"]
    assert [line.split(",")[0] for line in asked.splitlines()] == [name for name, _ in told]
    expected = inference.predict(model, rows)
    np.testing.assert_allclose([float(share) for _, share in told], expected, atol=2e-6)


def test_the_model_has_learnt_something(folder: Path) -> None:
    rows = flights(1_000, seed=3)
    predicted = inference.predict(inference.model_fn(str(folder)), rows)
    assert Boosters().measure(rows, predicted)["auc"] > 0.7


def test_unknown_categories_and_empty_fields_are_missing_values() -> None:
    encoders = {"features": ["carrier", "temp"], "categories": {"carrier": ["A", "B"]}}
    rows = pd.DataFrame({"carrier": ["B", "Z", ""], "temp": ["1.5", "", "nan"]})
    encoded = inference.encode(rows, encoders)
    gap = inference.MISSING
    np.testing.assert_array_equal(encoded, [[1, 1.5], [gap, gap], [gap, gap]])


def test_missing_numbers_are_encoded_alike_whether_they_come_as_text_or_as_numbers() -> None:
    encoders = {"features": ["temp"], "categories": {}}
    text = inference.encode(pd.DataFrame({"temp": ["", "-3.5"]}), encoders)
    number = inference.encode(pd.DataFrame({"temp": [np.nan, -3.5]}), encoders)
    np.testing.assert_array_equal(text, [[inference.MISSING], [-3.5]])
    np.testing.assert_array_equal(text, number)


def test_a_number_that_is_none_is_refused_with_its_feature() -> None:
    encoders = {"features": ["temp"], "categories": {}}
    with pytest.raises(ValueError, match="temp must hold numbers"):
        inference.encode(pd.DataFrame({"temp": ["warm"]}), encoders)


def test_a_row_with_a_field_too_few_is_refused(folder: Path) -> None:
    model = inference.model_fn(str(folder))
    rows = inference.input_fn("f1,UA\n", "text/csv")
    with pytest.raises(ValueError, match="a row must have flight_id and"):
        inference.predict_fn(rows, model)


def test_other_content_than_csv_is_refused() -> None:
    with pytest.raises(ValueError, match="content type must be text/csv"):
        inference.input_fn("{}", "application/json")


def test_the_split_is_by_time_and_loses_no_flight() -> None:
    rows = flights(24 * 90)
    parts, facts = split(rows, "sched_dep", None)
    assert parts["train"]["sched_dep"].max() < parts["validation"]["sched_dep"].min()
    assert parts["validation"]["sched_dep"].max() < parts["holdout"]["sched_dep"].min()
    assert sum(map(len, parts.values())) == len(rows)
    held = parts["holdout"]["sched_dep"]
    assert held.max() - held.min() <= pd.Timedelta(days=14)
    assert facts["champion_saw_holdout"] is False


def test_what_the_champion_was_trained_on_is_not_held_out() -> None:
    rows = flights(24 * 90)
    last = rows["sched_dep"].max()
    parts, facts = split(rows, "sched_dep", last - pd.Timedelta(days=5))
    assert parts["holdout"]["sched_dep"].min() >= last - pd.Timedelta(days=5)
    assert facts["champion_saw_holdout"] is False


def test_a_champion_that_has_seen_all_but_a_few_hours_is_said_to_have() -> None:
    rows = flights(24 * 90)
    parts, facts = split(rows, "sched_dep", rows["sched_dep"].max() - pd.Timedelta(hours=2))
    assert facts["champion_saw_holdout"] is True
    assert len(parts["holdout"]) > 24 * 13


def test_an_evaluation_tells_the_gain_over_the_champion() -> None:
    facts = {
        "champion_saw_holdout": False,
        "as_of": "2013-03-01T00:00:00Z",
        "rows": 9,
        "training_window": "a/b",
        "holdout_from": "b",
        "sources": {},
    }
    one = {"auc": 0.7, "log_loss": 0.5}
    made = report(TASK, one, {"auc": 0.65, "log_loss": 0.5}, {"ModelPackageVersion": 3}, facts)
    assert made["comparison"]["champions"] == 1
    assert made["comparison"]["auc_gain"] == pytest.approx(0.05)
    assert made["metadata"]["champion_version"] == "3"
    first = report(TASK, one, None, {}, facts)
    assert first["comparison"]["champions"] == 0
    allowed = re.compile(r"[\w .:/=+\-@]{1,256}")
    assert [one for one in first["metadata"].values() if not allowed.fullmatch(one)] == []


def test_the_baseline_holds_every_feature_and_the_prediction() -> None:
    rows = flights(500)
    made = baseline(TASK, rows, {PREDICTION: np.linspace(0, 1, 50)})
    assert set(made.features) == {*schema.MODEL_FEATURES, PREDICTION}
    assert made.features["temp"].missing == rows["temp"].isna().sum()
    assert made.features[PREDICTION].rows == 50


def test_a_trial_prints_the_metric_that_the_tuner_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts, _ = split(flights(2_000), "sched_dep", None)
    for name, part in parts.items():
        tables.write(tmp_path / name, name, part)
    train.main(["--rounds", "5", "--learning_rate", "0.1", "--data", str(tmp_path)])
    assert "[5] validation-auc:0." in capsys.readouterr().out
