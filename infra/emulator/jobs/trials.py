"""Which experiment and trial a job belongs to: ``ExperimentConfig``, as pipelines fill it in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.sagemaker.exceptions import ResourceNotFound, ValidationError
from moto.sagemaker.models import SageMakerModelBackend

EMULATED = frozenset({"ExperimentName", "TrialName", "TrialComponentDisplayName"})


def begin(backend: SageMakerModelBackend, experiment: str, trial: str) -> None:
    """Make the experiment and the trial that are not there yet."""
    if experiment not in backend.experiments:
        backend.create_experiment(experiment)
    if trial not in backend.trials:
        backend.create_trial(trial, experiment)


def check(backend: SageMakerModelBackend, config: Mapping[str, Any]) -> None:
    """Refuse a job for an experiment or trial that does not exist.

    Raises:
        ResourceNotFound: it does not exist.
        ValidationError: the trial is another experiment's, or a member is not emulated.
    """
    if unknown := sorted(config.keys() - EMULATED):
        raise ValidationError(f"ExperimentConfig.{unknown[0]} is not emulated")
    experiment, trial = config.get("ExperimentName"), config.get("TrialName")
    if experiment is not None and experiment not in backend.experiments:
        raise ResourceNotFound(f"Experiment {experiment} does not exist.")
    if trial is None:
        if experiment is not None:
            raise ValidationError("ExperimentConfig without TrialName is not emulated")
        return
    if trial not in backend.trials:
        raise ResourceNotFound(f"Trial {trial} does not exist.")
    owner = backend.trials[trial].experiment_name
    if experiment not in {None, owner}:
        raise ValidationError(f"Trial {trial} must be of experiment {experiment}, got {owner}")
