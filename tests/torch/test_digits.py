"""The network of digits: fits that go on, fits on several processes, answers."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.torch.environment import PYTHON, needs_torch

pytestmark = [pytest.mark.torch, needs_torch]

ROOT = Path(__file__).parents[2]


def run(*command: str, folder: Path = ROOT) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [str(PYTHON), *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def side(what: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(run("-m", "tests.torch.digits_side", what))
    return told


def test_an_interrupted_fit_goes_on_and_ends_with_the_same_weights() -> None:
    told = side("interrupted")
    assert told["resumed"] == [3, 4]
    assert told["same"]
    assert told["other"] == [1, 2, 3, 4, 5], "a fit with other settings begins anew"


def test_rows_are_answered_alike_alone_and_together_and_broken_ones_refused() -> None:
    told = side("served")
    assert told["accuracy"] > 0.95
    assert [line.partition(",")[0] for line in told["together"].splitlines()] == [
        f"i{place}" for place in range(20)
    ]
    whole, single = (numbers(told[key]) for key in ("together", "alone"))
    assert np.allclose(whole, single, atol=1e-5)
    assert np.allclose(whole.sum(axis=1), 1, atol=1e-4)
    assert told["refused"].keys() == {"pixels", "ink", "words"}
    assert told["sample"].startswith("sample,")


def numbers(answer: str) -> Any:
    return np.array([[float(one) for one in line.split(",")[1:]] for line in answer.splitlines()])


def test_two_processes_train_one_network_and_the_first_writes_it(tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    digits = np.arange(300) % 8
    pixels = random.integers(0, 3, (300, 8, 8)).astype(np.uint8)
    pixels[np.arange(300), :, digits] = 14
    rows = pd.DataFrame({"digit": digits, "pixels": [one.tobytes() for one in pixels]})
    parts = {"train": rows[:200], "validation": rows[200:250], "holdout": rows[250:]}
    for name, part in parts.items():
        (tmp_path / name).mkdir()
        part.to_parquet(tmp_path / name / f"{name}.parquet", index=False)
    script = tmp_path / "train.py"
    script.write_text("from pipelines.digits.steps.train import main\nmain()\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told = run(
        *("-m", "torch.distributed.run", "--nproc_per_node=2", f"--master_port={port}"),
        *(str(script), "--final", "true", "--epochs", "12", "--batch_size", "32"),
        *("--data", str(tmp_path), "--model-dir", str(tmp_path / "model")),
        folder=tmp_path,
    )
    assert told.count("candidate.pt:") == 1
    reached = float(told.split("holdout-accuracy:")[1].split()[0])
    assert reached > 0.9
    training = json.loads((tmp_path / "model" / "training.json").read_text())
    assert training["processes"] == 2
