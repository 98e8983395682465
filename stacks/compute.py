"""Compute of a use case's pipelines: processing, training, tuning."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stacks._instances import ProcessingInstance, TrainingInstance, facts, has_local_storage
from stacks.settings import Settings, at

VOLUME_GIB = 30
"""Disk of an instance where nothing else is said, for types without disks of their own."""


class Processing(Settings):
    """Compute of the steps that prepare, check and compare data."""

    instance_type: ProcessingInstance
    """SageMaker instance type of every processing step; billed per second while a step runs."""
    volume_gib: Annotated[int, Field(ge=1, le=16384)] = VOLUME_GIB
    """Encrypted disk of each processing instance, in GiB (1-16384)."""

    @property
    def has_local_storage(self) -> bool:
        """Whether the type brings its own disks, which take no key."""
        return has_local_storage(self.instance_type)


class Training(Settings):
    """Compute of the training jobs."""

    instance_type: TrainingInstance
    """SageMaker instance type of every training job, GPU families included."""
    instance_count: Annotated[int, Field(ge=1)] = 1
    """Instances of a training job, which train one model together (1 or more)."""
    volume_gib: Annotated[int, Field(ge=1, le=16384)] | None = None
    """Encrypted disk of each instance, in GiB (1-16384); left out, 30, or the type's own NVMe."""
    use_spot: bool = False
    """Train on spot capacity: up to 90 % cheaper, may be interrupted and wait."""
    max_seconds: Annotated[int, Field(ge=60, le=432_000)] = 3600
    """A training job is stopped after this many seconds of training (60-432000, five days)."""
    max_wait_seconds: Annotated[int, Field(ge=60)] | None = None
    """A spot job ends after so many seconds of training and waiting; unset: twice max_seconds."""
    checkpoints: bool = True
    """Keep checkpoints in S3, a prefix for each execution; an interrupted job goes on from them."""
    keep_alive_seconds: Annotated[int, Field(ge=0, le=3600)] = 0
    """Seconds for which instances stay for the next job (0-3600); billed; 0 keeps none."""

    @model_validator(mode="after")
    def _disk_where_the_type_has_none(self) -> Self:
        known = facts(self.instance_type)
        if self.volume_gib is not None and known is not None and known.local_storage_gb:
            raise at(
                "volume_gib",
                f"must be left out for {self.instance_type}, which has "
                f"{known.local_storage_gb} GB of its own",
                self.volume_gib,
                beside=("instance_type",),
            )
        return self

    @model_validator(mode="after")
    def _spot_resumes_and_waits(self) -> Self:
        if self.use_spot and not self.checkpoints:
            raise at(
                "checkpoints",
                "must be true with use_spot: an interrupted job would begin anew",
                self.checkpoints,
                beside=("use_spot",),
            )
        if self.max_wait_seconds is None:
            return self
        if not self.use_spot:
            raise at(
                "max_wait_seconds",
                "must be left out without use_spot",
                self.max_wait_seconds,
                beside=("use_spot",),
            )
        if self.max_wait_seconds < self.max_seconds:
            raise at(
                "max_wait_seconds",
                f"must be at least max_seconds ({self.max_seconds})",
                self.max_wait_seconds,
                beside=("max_seconds",),
            )
        return self

    @model_validator(mode="after")
    def _warm_instances_are_on_demand(self) -> Self:
        if self.use_spot and self.keep_alive_seconds:
            raise at(
                "keep_alive_seconds",
                "must be 0 with use_spot: SageMaker keeps no spot instances",
                self.keep_alive_seconds,
                beside=("use_spot",),
            )
        return self

    @property
    def disk_gib(self) -> int | None:
        """Size of the volume to ask for; ``None`` for types with disks of their own."""
        if has_local_storage(self.instance_type):
            return None
        return VOLUME_GIB if self.volume_gib is None else self.volume_gib

    @property
    def wait_seconds(self) -> int | None:
        """How long a spot job may train and wait; ``None`` on demand."""
        if not self.use_spot:
            return None
        return 2 * self.max_seconds if self.max_wait_seconds is None else self.max_wait_seconds


class Tuning(Settings):
    """The hyperparameter search before each training."""

    strategy: Literal["bayesian", "random"] = "bayesian"
    """``bayesian`` learns from finished trials, ``random`` does not and may run all at once."""
    early_stopping: bool = False
    """Let SageMaker end trials that fall behind the median of the earlier ones."""
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
