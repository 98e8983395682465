"""Tune and Train: fit XGBoost in script mode, for the tuner or for the registry.

As a trial of the tuner it fits on the training flights and prints ``validation:auc``. With
``--final`` it makes two models with the same hyperparameters: the *candidate*, which has not seen
the held-out flights and is what gets evaluated, and the model to serve, fitted on all flights, so
that it knows the newest weeks. The registered figures are those of the candidate.
"""

from __future__ import annotations

import argparse
import inspect
import json
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import xgboost as xgb

from pipelines.flights import schema
from pipelines.flights.steps import inference, tables

SEED = 13
TUNING_ROWS = 100_000
"""The newest so many training flights decide between hyperparameters."""
CHANNELS = Path("/opt/ml/input/data")


def main(argv: Sequence[str] | None = None) -> None:
    """Run the job."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--final", type=flag, default=False)
    parser.add_argument("--rounds", type=number, default=150)
    parser.add_argument("--max_depth", type=number, default=6)
    parser.add_argument("--learning_rate", type=real, default=0.1)
    parser.add_argument("--min_child_weight", type=real, default=1.0)
    parser.add_argument("--data", type=Path, default=CHANNELS)
    parser.add_argument(
        "--model-dir", type=Path, default=Path(os.environ.get("SM_MODEL_DIR", "/opt/ml/model"))
    )
    given, _ = parser.parse_known_args(argv)
    chosen = {
        "max_depth": given.max_depth,
        "learning_rate": given.learning_rate,
        "min_child_weight": given.min_child_weight,
    }
    train = tables.read(given.data / "train", "train")
    validation = tables.read(given.data / "validation", "validation")
    if not given.final:
        trial(train.tail(TUNING_ROWS), validation, chosen, given.rounds)
        return
    holdout = tables.read(given.data / "holdout", "holdout")
    before = pd.concat([train, validation], ignore_index=True)
    everything = pd.concat([before, holdout], ignore_index=True)
    encoders = fit_encoders(everything)
    given.model_dir.mkdir(parents=True, exist_ok=True)
    for name, rows in (("candidate.json", before), ("xgboost-model.json", everything)):
        started = time.monotonic()
        fit(rows, encoders, chosen, given.rounds).save_model(str(given.model_dir / name))
        tables.say(f"{name}: {len(rows)} flights in {time.monotonic() - started:.1f} s")
    (given.model_dir / "encoders.json").write_text(json.dumps(encoders, sort_keys=True))
    tables.write_json(given.model_dir / "training.json", {**chosen, "rounds": given.rounds})
    code = given.model_dir / "code"
    code.mkdir(exist_ok=True)
    # The step may run from an archive, where a module is no file.
    (code / "inference.py").write_text(inspect.getsource(inference))


def trial(
    train: pd.DataFrame, validation: pd.DataFrame, chosen: Mapping[str, Any], rounds: int
) -> float:
    """Fit once and print the metric that the tuner reads."""
    encoders = fit_encoders(train)
    booster = fit(train, encoders, chosen, rounds)
    measured = booster.eval(matrix(validation, encoders), name="validation")
    auc = float(measured.rsplit(":", 1)[1])
    tables.say(f"[{rounds}] validation-auc:{auc:.6f}")
    return auc


def fit(
    rows: pd.DataFrame, encoders: Mapping[str, Any], chosen: Mapping[str, Any], rounds: int
) -> xgb.Booster:
    """Fit one model."""
    parameters = {
        **chosen,
        "objective": "binary:logistic",
        "eval_metric": "auc",
        "tree_method": "hist",
        # XGBoost itself does not look at the variable; 0 stands for every core.
        "nthread": int(os.environ.get("OMP_NUM_THREADS", "0")),
        "seed": SEED,
    }
    return xgb.train(parameters, matrix(rows, encoders), num_boost_round=rounds)


def matrix(rows: pd.DataFrame, encoders: Mapping[str, Any]) -> xgb.DMatrix:
    """Return encoded features and labels."""
    return xgb.DMatrix(inference.encode(rows, encoders), label=rows["late"].to_numpy())


def fit_encoders(rows: pd.DataFrame) -> dict[str, Any]:
    """Return the features in order and the known values of each category, sorted."""
    return {
        "features": list(schema.MODEL_FEATURES),
        "categories": {
            name: sorted(rows[name].dropna().unique().tolist()) for name in schema.CATEGORICAL
        },
    }


def plain(text: str) -> str:
    """Return a hyperparameter without the quotes that SageMaker's JSON encoding may leave."""
    return text.strip().strip('"')


def real(text: str) -> float:
    """Read a number."""
    return float(plain(text))


def number(text: str) -> int:
    """Read a whole number, also one written with a fraction of zero."""
    return round(float(plain(text)))


def flag(text: str) -> bool:
    """Read ``true`` or ``false``."""
    return plain(text).lower() == "true"


if __name__ == "__main__":
    main()
