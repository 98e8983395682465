"""Tune and Train: fit the network in script mode, for the tuner or for the registry.

As a trial of the tuner it fits on the training images and prints ``validation-accuracy:``. With
``--final`` it makes two networks with the same hyperparameters: the *candidate*, which has not seen
the held-out images and is what gets evaluated, and the one to serve, fitted on all images, so that
it knows the newest weeks. The registered figures are those of the candidate.

On several GPUs or hosts the processes train one network together. Where the job keeps checkpoints,
a fit that was interrupted goes on from its newest one.
"""

from __future__ import annotations

import argparse
import inspect
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from pipelines.digits.steps import pixels
from pipelines.shared.steps import tables
from pipelines.shared.training.cluster import checkpoint_folder
from pipelines.shared.training.distributed import Together, everywhere, together
from pipelines.shared.training.hyperparameters import flag, number, real

if TYPE_CHECKING:
    from pipelines.digits.steps.fitting import Fits

CHANNELS = Path("/opt/ml/input/data")
TUNING_ROWS = 4_000
"""The newest so many training images decide between hyperparameters."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run the job."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--final", type=flag, default=False)
    parser.add_argument("--epochs", type=number, default=10)
    parser.add_argument("--batch_size", type=number, default=128)
    parser.add_argument("--learning_rate", type=real, default=0.005)
    parser.add_argument("--dropout", type=real, default=0.2)
    parser.add_argument("--data", type=Path, default=CHANNELS)
    parser.add_argument(
        "--model-dir", type=Path, default=Path(os.environ.get("SM_MODEL_DIR", "/opt/ml/model"))
    )
    parser.add_argument("--checkpoints", type=Path, default=checkpoint_folder())
    given, _ = parser.parse_known_args(argv)
    if argv is None:
        everywhere(["train", *sys.argv[1:]] if _from_archive() else sys.argv[1:])
    with together() as processes:
        run(given, processes)


def run(given: argparse.Namespace, processes: Together) -> None:
    """Fit in one of the processes."""
    from pipelines.digits.steps.fitting import Fits  # noqa: PLC0415 - torch, which no launcher needs

    fits = Fits(
        learning_rate=given.learning_rate,
        dropout=given.dropout,
        epochs=given.epochs,
        batch_size=given.batch_size,
        together=processes,
        checkpoints=given.checkpoints,
    )
    train = tables.read(given.data / "train", "train")
    validation = tables.read(given.data / "validation", "validation")
    if given.final:
        holdout = tables.read(given.data / "holdout", "holdout")
        final(pd.concat([train, validation], ignore_index=True), holdout, fits, given.model_dir)
    else:
        trial(train.tail(TUNING_ROWS), validation, fits)


def final(before: pd.DataFrame, holdout: pd.DataFrame, fits: Fits, model_dir: Path) -> None:
    """Fit the candidate and the network to serve, and write what serving and evaluation need."""
    import torch  # noqa: PLC0415 - as above

    from pipelines.digits.steps import fitting, inference  # noqa: PLC0415

    everything = pd.concat([before, holdout], ignore_index=True)
    leads = fits.together.leads
    model_dir.mkdir(parents=True, exist_ok=True)
    for name, rows in (("candidate.pt", before), ("model.pt", everything)):
        started = time.monotonic()
        network = fits.fit(*arrays(rows))
        if not leads:
            continue
        tables.say(f"{name}: {len(rows)} images in {time.monotonic() - started:.1f} s")
        if rows is before:
            reached = fitting.accuracy(network, fits.together.device, *arrays(holdout))
            tables.say(f"holdout-accuracy:{reached:.6f}")
        torch.save(network.state_dict(), model_dir / name)
    if not leads:
        return
    (model_dir / "network.json").write_text(json.dumps(fits.shape))
    tables.write_json(
        model_dir / "training.json",
        {
            "learning_rate": fits.learning_rate,
            "dropout": fits.dropout,
            "epochs": fits.epochs,
            "batch_size": fits.batch_size,
            "processes": fits.together.size,
            "device": fits.together.device,
        },
    )
    code = model_dir / "code"
    code.mkdir(exist_ok=True)
    # The step may run from an archive, where a module is no file.
    (code / "inference.py").write_text(inspect.getsource(inference))


def trial(train: pd.DataFrame, validation: pd.DataFrame, fits: Fits) -> float:
    """Fit once and print the metric that the tuner reads, after every epoch."""
    from pipelines.digits.steps import fitting  # noqa: PLC0415 - torch

    measured = arrays(validation)
    told: list[float] = []

    def report(epoch: int, network: Any) -> None:  # noqa: ANN401 - a torch module
        told.append(fitting.accuracy(network, fits.together.device, *measured))
        if fits.together.leads:
            tables.say(f"[{epoch}] validation-accuracy:{told[-1]:.6f}")

    fits.fit(*arrays(train), after=report)
    return told[-1]


def arrays(rows: pd.DataFrame) -> tuple[Any, Any]:
    """Return images and digits."""
    return pixels.unpacked(rows[pixels.COLUMN]), rows["digit"].to_numpy()


def _from_archive() -> bool:
    """Whether the script is a step of an archive, which is told its name."""
    return sys.argv[0].endswith(".pyz")


if __name__ == "__main__":
    main()
