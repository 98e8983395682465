"""XGBoost goes on where it was interrupted; tests/emulator/jobs has it train on several hosts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost as xgb

from pipelines.shared.training import boosting
from pipelines.shared.training.cluster import checkpoint_folder, cluster

PARAMETERS: dict[str, Any] = {
    "objective": "binary:logistic",
    "tree_method": "hist",
    "max_depth": 4,
    "seed": 13,
    "nthread": 1,
}
ROUNDS = 12


class InterruptedFitError(Exception):
    """Stands for the end of a spot instance."""


def rows(count: int = 1500) -> tuple[Any, Any]:
    draw = np.random.default_rng(5)
    features = draw.normal(size=(count, 6)).astype(np.float32)
    features[draw.random(features.shape) < 0.1] = np.nan
    labels = (np.nan_to_num(features[:, 0]) + draw.normal(size=count) > 0).astype(int)
    return features, labels


def fit(folder: Path | None = None, **changes: Any) -> xgb.Booster:
    return boosting.fit({**PARAMETERS, **changes}, *rows(), ROUNDS, checkpoints=folder, every=3)


def interrupted_at(folder: Path, rounds: int) -> None:
    def stop(done: int, booster: xgb.Booster) -> None:  # noqa: ARG001 - the callback's signature
        if done == rounds:
            raise InterruptedFitError

    with pytest.raises(InterruptedFitError):
        boosting.fit(PARAMETERS, *rows(), ROUNDS, checkpoints=folder, every=3, after=stop)


def stored(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("rounds", [3, 9])
def test_an_interrupted_fit_goes_on_to_the_very_same_model(tmp_path: Path, rounds: int) -> None:
    interrupted_at(tmp_path, rounds)
    fitted = []
    resumed = boosting.fit(
        PARAMETERS,
        *rows(),
        ROUNDS,
        checkpoints=tmp_path,
        every=3,
        after=lambda done, _: fitted.append(done),
    )
    assert fitted == list(range(rounds + 3, ROUNDS + 1, 3)), "earlier rounds are not repeated"
    assert resumed.save_raw("json") == fit().save_raw("json")


def test_a_checkpoint_of_other_data_or_parameters_is_not_gone_on_from(tmp_path: Path) -> None:
    interrupted_at(tmp_path, 9)
    assert fit(tmp_path, max_depth=2).save_raw("json") == fit(max_depth=2).save_raw("json")


def test_a_checkpoint_that_was_cut_off_is_passed_over(tmp_path: Path) -> None:
    interrupted_at(tmp_path, 9)
    newest = sorted(tmp_path.rglob("*.ubj"))[-1]
    newest.write_bytes(newest.read_bytes()[:100])
    assert fit(tmp_path).save_raw("json") == fit().save_raw("json")


def test_only_the_newest_checkpoints_stay(tmp_path: Path) -> None:
    fit(tmp_path)
    assert stored(tmp_path) == ["000009.ubj", "000012.ubj"]


def test_a_finished_fit_is_not_repeated(tmp_path: Path) -> None:
    fit(tmp_path)
    told: list[int] = []
    again = boosting.fit(
        PARAMETERS,
        *rows(),
        ROUNDS,
        checkpoints=tmp_path,
        after=lambda done, _: told.append(done),
    )
    assert not told
    assert again.save_raw("json") == fit().save_raw("json")


def test_a_fit_that_draws_rows_is_not_said_to_be_the_same(tmp_path: Path) -> None:
    """Why the module's docstring excepts ``subsample``: this fails once XGBoost keeps its state."""
    drawing = {**PARAMETERS, "subsample": 0.5}
    half = boosting.fit(drawing, *rows(), 6, checkpoints=tmp_path, every=3)
    assert half.num_boosted_rounds() == 6
    resumed = boosting.fit(drawing, *rows(), ROUNDS, checkpoints=tmp_path, every=3)
    straight = boosting.fit(drawing, *rows(), ROUNDS)
    assert resumed.save_raw("json") != straight.save_raw("json")


def test_without_a_checkpoint_config_there_is_no_folder(tmp_path: Path) -> None:
    assert checkpoint_folder(tmp_path) is None
    (tmp_path / "checkpointconfig.json").write_text('{"LocalPath": "/opt/ml/kept"}')
    assert checkpoint_folder(tmp_path) == Path("/opt/ml/kept")


def test_hosts_are_counted_as_numbers(tmp_path: Path) -> None:
    (tmp_path / "resourceconfig.json").write_text(
        '{"hosts": ["algo-1", "algo-10", "algo-2"], "current_host": "algo-10"}'
    )
    found = cluster(tmp_path)
    assert (found.rank, found.size, found.leader) == (2, 3, "algo-1")


def test_outside_a_job_this_machine_is_alone(tmp_path: Path) -> None:
    assert (cluster(tmp_path).rank, cluster(tmp_path).size) == (0, 1)
