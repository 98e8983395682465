"""Tune and Train: fit XGBoost in script mode, for the tuner or for the registry.

As a trial of the tuner it fits on the training flights and prints ``validation:auc``. With
``--final`` it makes two models with the same hyperparameters: the *candidate*, which has not seen
the held-out flights and is what gets evaluated, and the model to serve, fitted on all flights, so
that it knows the newest weeks. The registered figures are those of the candidate.

Where the job keeps checkpoints, a fit that was interrupted goes on from its newest one. Where the
job has several hosts, each fits on its share of the flights, and the first writes the model.
"""

from __future__ import annotations

import argparse
import inspect
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import xgboost as xgb

from pipelines.flights import schema
from pipelines.flights.steps import inference
from pipelines.shared.steps import tables
from pipelines.shared.training import boosting
from pipelines.shared.training.cluster import Cluster, checkpoint_folder, cluster
from pipelines.shared.training.hyperparameters import flag, number, real

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
    parser.add_argument("--checkpoints", type=Path, default=checkpoint_folder())
    given, _ = parser.parse_known_args(argv)
    chosen = {
        "max_depth": given.max_depth,
        "learning_rate": given.learning_rate,
        "min_child_weight": given.min_child_weight,
    }
    fits = Fits(chosen=chosen, rounds=given.rounds, checkpoints=given.checkpoints, hosts=cluster())
    train = tables.read(given.data / "train", "train")
    validation = tables.read(given.data / "validation", "validation")
    with boosting.together(fits.hosts):
        if given.final:
            holdout = tables.read(given.data / "holdout", "holdout")
            final(pd.concat([train, validation], ignore_index=True), holdout, fits, given.model_dir)
        else:
            trial(train.tail(TUNING_ROWS), validation, fits)


@dataclass(frozen=True)
class Fits:
    """What the fits of one job have in common."""

    chosen: Mapping[str, Any]
    """Hyperparameters."""
    rounds: int
    checkpoints: Path | None = None
    hosts: Cluster = Cluster()  # noqa: RUF009 - frozen

    def fit(
        self,
        rows: pd.DataFrame,
        encoders: Mapping[str, Any],
        after: Callable[[int, xgb.Booster], None] | None = None,
    ) -> xgb.Booster:
        """Fit one model on this host's share of the rows."""
        parameters = {
            **self.chosen,
            "objective": "binary:logistic",
            "eval_metric": "auc",
            "tree_method": "hist",
            "nthread": boosting.threads(),
            "seed": SEED,
        }
        mine = rows.iloc[self.hosts.rank :: self.hosts.size]
        return boosting.fit(
            parameters,
            inference.encode(mine, encoders),
            mine["late"].to_numpy(),
            self.rounds,
            checkpoints=self.checkpoints,
            after=after,
        )


def final(before: pd.DataFrame, holdout: pd.DataFrame, fits: Fits, model_dir: Path) -> None:
    """Fit the candidate and the model to serve, and write what serving and evaluation need."""
    everything = pd.concat([before, holdout], ignore_index=True)
    encoders = fit_encoders(everything)
    model_dir.mkdir(parents=True, exist_ok=True)
    for name, rows in (("candidate.json", before), ("xgboost-model.json", everything)):
        started = time.monotonic()
        booster = fits.fit(rows, encoders)
        tables.say(f"{name}: {len(rows)} flights in {time.monotonic() - started:.1f} s")
        if rows is before:
            # On every host: what is measured of a booster in a cluster is measured together.
            auc = float(booster.eval(matrix(holdout, encoders), name="holdout").rsplit(":", 1)[1])
            if fits.hosts.rank == 0:
                tables.say(f"holdout-auc:{auc:.6f}")
        if fits.hosts.rank == 0:
            booster.save_model(str(model_dir / name))
    if fits.hosts.rank:
        return
    (model_dir / "encoders.json").write_text(json.dumps(encoders, sort_keys=True))
    tables.write_json(model_dir / "training.json", {**fits.chosen, "rounds": fits.rounds})
    code = model_dir / "code"
    code.mkdir(exist_ok=True)
    # The step may run from an archive, where a module is no file.
    (code / "inference.py").write_text(inspect.getsource(inference))


def trial(train: pd.DataFrame, validation: pd.DataFrame, fits: Fits) -> float:
    """Fit once and print the metric that the tuner reads, on the way too."""
    encoders = fit_encoders(train)
    measured = matrix(validation, encoders)

    def report(rounds: int, booster: xgb.Booster) -> None:
        auc = float(booster.eval(measured, name="validation").rsplit(":", 1)[1])
        if fits.hosts.rank == 0:
            tables.say(f"[{rounds}] validation-auc:{auc:.6f}")
        told.append(auc)

    told: list[float] = []
    report(fits.rounds, fits.fit(train, encoders, after=report))
    return told[-1]


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


if __name__ == "__main__":
    main()
