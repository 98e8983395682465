"""Evaluate: champion and challenger on the same held-out rows; the baseline for drift."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from pipelines.shared.drift.detector import Baseline
from pipelines.shared.serving import sample
from pipelines.shared.steps import registry, tables
from pipelines.shared.steps.task import Task

NONE = "none"
"""SageMaker takes no empty metadata, and neither commas nor semicolons in it."""
SAMPLE_ROWS = 3


class Models(Protocol):
    """How a use case's models are loaded, asked and measured."""

    def candidate(self, folder: Path) -> Any:  # noqa: ANN401 - whatever the use case's model is
        """Load the model of a training that has not seen the held-out rows."""

    def served(self, folder: Path) -> Any:  # noqa: ANN401 - as above
        """Load the model of a training that is what serves."""

    def predict(self, model: Any, rows: pd.DataFrame) -> Any:  # noqa: ANN401 - a numpy array
        """Return the prediction of each row."""

    def answers(self, predicted: Any) -> dict[str, Any]:  # noqa: ANN401 - a numpy array
        """Return what predictions say as columns: ``PREDICTION``, and the task's ``answers``."""

    def measure(self, rows: pd.DataFrame, predicted: Any) -> dict[str, float]:  # noqa: ANN401 - a numpy array
        """Return how good predictions are: the objective by its name, and other figures."""

    def quality(self, measured: Mapping[str, float]) -> dict[str, Any]:
        """Return the figures as SageMaker's model quality holds them."""

    def sampled(self, model: Any, rows: pd.DataFrame) -> tuple[str, str]:  # noqa: ANN401 - as above
        """Return a request about these rows under other names, and the served model's answer."""


def run(argv: Sequence[str] | None, task: Task, models: Models) -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model-package-group", required=True)
    parser.add_argument("--input", type=Path, default=tables.PROCESSING / "input")
    parser.add_argument("--output", type=Path, default=tables.PROCESSING / "evaluation")
    given = parser.parse_args(argv)
    folder = Path(tempfile.mkdtemp())
    trained = registry.unpack(
        (given.input / "model" / "model.tar.gz").read_bytes(), folder / "challenger"
    )
    parts = {
        name: tables.read(given.input / name, name) for name in ("train", "validation", "holdout")
    }
    facts = tables.read_json(given.input / "facts" / "facts.json")
    holdout = parts["holdout"]
    predicted = models.predict(models.candidate(trained), holdout)
    challenger = models.measure(holdout, predicted)
    package = registry.champion(given.model_package_group)
    rival = None
    if package is not None:
        model = models.served(registry.download_model(package, folder / "champion"))
        rival = models.measure(holdout, models.predict(model, holdout))
    evaluation = {
        **models.quality(challenger),
        **report(task, challenger, rival, package or {}, facts),
    }
    tables.write_json(given.output / "evaluation.json", evaluation)
    rows = pd.concat(parts.values(), ignore_index=True)
    tables.write_json(
        given.output / "statistics.json", baseline(task, rows, models.answers(predicted)).to_json()
    )
    sample.write(given.output, *models.sampled(models.served(trained), holdout.head(SAMPLE_ROWS)))
    tables.say(f"challenger {challenger}, champion {rival}")


def report(
    task: Task,
    challenger: dict[str, float],
    champion: dict[str, float] | None,
    package: dict[str, Any],
    facts: dict[str, Any],
) -> dict[str, Any]:
    """Return the comparison, and the version's metadata."""
    name = task.objective.name
    gain = challenger[name] - (champion[name] if champion else task.objective.floor)
    metadata = {
        name: f"{challenger[name]:.6f}",
        f"champion_{name}": f"{champion[name]:.6f}" if champion else NONE,
        "champion_version": str(package.get("ModelPackageVersion", NONE)),
        "champion_saw_holdout": str(facts["champion_saw_holdout"]).lower(),
        "as_of": facts["as_of"],
        "rows": str(facts["rows"]),
        "training_window": facts["training_window"],
        "holdout_from": facts["holdout_from"],
        "evaluated": f"candidate without the held-out {task.rows} - served model refitted on all",
    }
    return {
        "challenger": challenger,
        "champion": champion or {},
        "comparison": {"champions": 1 if champion else 0, f"{name}_gain": gain},
        "metadata": metadata,
        "sources": facts["sources"],
    }


def baseline(task: Task, rows: pd.DataFrame, said: Mapping[str, Any]) -> Baseline:
    """Return the statistics that traffic is compared with.

    The features are those of all training rows, the predictions those of the held-out ones: on rows
    that a model was fitted on it is surer than it will be in service.
    """
    columns = {
        name: rows[name].to_numpy(dtype=object if name in task.categorical else np.float64)
        for name in task.features
    }
    return Baseline({**Baseline.build(columns).features, **Baseline.build(said).features})
