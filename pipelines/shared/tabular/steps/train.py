"""Tune and Train: fit XGBoost in script mode, for the tuner or for the registry.

As a trial of the tuner it fits on the training rows and prints the validation objective. With
``--final`` it makes two models with the same hyperparameters: the *candidate*, which has not seen
the held-out rows and is what gets evaluated, and the model to serve, fitted on all rows.
"""

from __future__ import annotations

import argparse
import inspect
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import xgboost as xgb

from pipelines.shared.steps import tables
from pipelines.shared.tabular import inference
from pipelines.shared.tabular.declared import Declared
from pipelines.shared.tabular.task import objective
from pipelines.shared.training import boosting
from pipelines.shared.training.cluster import checkpoint_folder, cluster
from pipelines.shared.training.hyperparameters import flag, number, real

SEED = 13
CHANNELS = Path("/opt/ml/input/data")
LEARNING = {
    "binary": "binary:logistic",
    "multiclass": "multi:softprob",
    "regression": "reg:squarederror",
}


def run(argv: Sequence[str] | None, declared: Declared) -> None:
    """Run the job."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--final", type=flag, default=False)
    parser.add_argument("--rounds", type=number, default=80)
    parser.add_argument("--max_depth", type=number, default=4)
    parser.add_argument("--learning_rate", type=real, default=0.1)
    parser.add_argument("--min_child_weight", type=real, default=1.0)
    parser.add_argument("--data", type=Path, default=CHANNELS)
    parser.add_argument(
        "--model-dir", type=Path, default=Path(os.environ.get("SM_MODEL_DIR", "/opt/ml/model"))
    )
    given, _ = parser.parse_known_args(argv)
    chosen = {
        name: getattr(given, name) for name in ("max_depth", "learning_rate", "min_child_weight")
    }
    train = tables.read(given.data / "train", "train")
    validation = tables.read(given.data / "validation", "validation")
    with boosting.together(cluster()):
        if given.final:
            before = pd.concat([train, validation], ignore_index=True)
            holdout = tables.read(given.data / "holdout", "holdout")
            final(before, holdout, declared, {**chosen, "rounds": given.rounds}, given.model_dir)
        else:
            encoders = encoders_of(train, declared)
            model = fit(train, encoders, declared, {**chosen, "rounds": given.rounds})
            reached = measured(model, encoders, validation, declared)
            if cluster().rank == 0:
                tables.say(f"validation-{objective(declared).name}:{reached:.6f}")


def fit(
    rows: pd.DataFrame, encoders: Mapping[str, Any], declared: Declared, chosen: Mapping[str, Any]
) -> xgb.Booster:
    """Fit one model on this host's share of the rows."""
    hosts, several = cluster(), declared.problem == "multiclass"
    mine = rows.iloc[hosts.rank :: hosts.size]
    parameters = {
        **{name: value for name, value in chosen.items() if name != "rounds"},
        "objective": LEARNING[declared.problem],
        **({"num_class": len(declared.classes)} if several else {}),
        "tree_method": "hist",
        "nthread": boosting.threads(),
        "seed": SEED,
    }
    return boosting.fit(
        parameters,
        inference.encode(mine, encoders),
        mine[declared.label].to_numpy(),
        chosen["rounds"],
        checkpoints=checkpoint_folder(),
    )


def final(
    before: pd.DataFrame,
    holdout: pd.DataFrame,
    declared: Declared,
    chosen: Mapping[str, Any],
    model_dir: Path,
) -> None:
    """Fit the candidate and the model to serve, and write what serving and evaluation need."""
    everything = pd.concat([before, holdout], ignore_index=True)
    encoders = encoders_of(everything, declared)
    first = cluster().rank == 0
    model_dir.mkdir(parents=True, exist_ok=True)
    for name, rows in (("candidate.json", before), ("xgboost-model.json", everything)):
        model = fit(rows, encoders, declared, chosen)
        if rows is before:
            reached = measured(model, encoders, holdout, declared)
            if first:
                tables.say(f"holdout-{objective(declared).name}:{reached:.6f}")
        if first:
            model.save_model(str(model_dir / name))
            tables.say(f"{name}: {len(rows)} rows")
    if not first:
        return
    (model_dir / "encoders.json").write_text(json.dumps(encoders, sort_keys=True))
    tables.write_json(model_dir / "training.json", dict(chosen))
    code = model_dir / "code"
    code.mkdir(exist_ok=True)
    # The step may run from an archive, where a module is no file.
    (code / "inference.py").write_text(inspect.getsource(inference))


def measured(
    model: xgb.Booster, encoders: Mapping[str, Any], rows: pd.DataFrame, declared: Declared
) -> float:
    """Return what a model reaches on rows."""
    predicted = inference.predict({"booster": model, "encoders": encoders}, rows)
    return objective(declared).score(rows[declared.label].to_numpy(), predicted)


def encoders_of(rows: pd.DataFrame, declared: Declared) -> dict[str, Any]:
    """Return the features in order and the known values of each category, sorted."""
    return {
        "features": list(declared.features),
        "categories": {
            name: sorted(rows[name].dropna().unique().tolist()) for name in declared.categorical
        },
    }
