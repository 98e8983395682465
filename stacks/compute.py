"""Compute of a use case's pipelines: processing, training, tuning."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from stacks._instances import ProcessingInstance, TrainingInstance
from stacks.settings import Settings, at


class Processing(Settings):
    """Compute of the steps that prepare, check and compare data."""

    instance_type: ProcessingInstance
    """SageMaker instance type of every processing step; billed per second while a step runs."""
    volume_gib: Annotated[int, Field(ge=1, le=16384)] = 30
    """Encrypted disk of each processing instance, in GiB (1-16384)."""


class Training(Settings):
    """Compute of the training jobs."""

    instance_type: TrainingInstance
    """SageMaker instance type of every training job, GPU families included."""
    use_spot: bool = False
    """Train on spot capacity: up to 90 % cheaper, may be interrupted and wait."""
    max_seconds: Annotated[int, Field(ge=60, le=432_000)] = 3600
    """A training job is stopped after this many seconds (60-432000, five days)."""


class Tuning(Settings):
    """Size of the hyperparameter search before each training."""

    max_jobs: Annotated[int, Field(ge=1, le=750)] = 4
    """Trials of one search (1-750); each is a training job and is billed as one."""
    max_parallel_jobs: Annotated[int, Field(ge=1, le=100)] = 2
    """Trials that run at once (1-100); more at once learn less from one another."""

    @model_validator(mode="after")
    def _no_more_at_once_than_in_all(self) -> Self:
        if self.max_parallel_jobs > self.max_jobs:
            raise at(
                "max_parallel_jobs",
                f"must not exceed max_jobs ({self.max_jobs})",
                self.max_parallel_jobs,
                beside=("max_jobs",),
            )
        return self
