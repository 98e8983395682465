"""What one use case sets: compute, approval, serving, drift, retraining, delivery."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from stacks._instances import ProcessingInstance, ServingInstance, TrainingInstance
from stacks._schedule import Schedule


class Settings(BaseModel):
    """Frozen, closed to unknown keys, and strict: a quoted number is not a number."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True
    )


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
            )
        return self


class Rollout(Settings):
    """How a new model version takes over from the one that serves."""

    strategy: Literal["all_at_once", "canary", "linear"]
    """``all_at_once`` moves all traffic, ``canary`` a part first, ``linear`` equal steps."""
    step_percent: Annotated[int, Field(ge=1, le=50)] = 10
    """Share of capacity that moves first (canary, 1-50 %) or in each step (linear, 10-50 %)."""
    wait_seconds: Annotated[int, Field(ge=0, le=3600)] = 300
    """Seconds between steps in which an alarm rolls the update back (0-3600); 0 watches nothing."""
    termination_wait_seconds: Annotated[int, Field(ge=0, le=3600)] = 300
    """Seconds for which the old fleet stays after the last step (0-3600); both are billed."""

    @model_validator(mode="after")
    def _steps_that_sagemaker_takes(self) -> Self:
        if self.strategy == "linear" and self.step_percent < 10:  # noqa: PLR2004 - SageMaker's own
            raise at("step_percent", "must be at least 10 with strategy linear", self.step_percent)
        return self


class Serving(Settings):
    """The endpoint that answers."""

    instance_type: ServingInstance
    """SageMaker instance type of the endpoint, GPU families included; billed while it stands."""
    initial_instance_count: Annotated[int, Field(ge=1, le=100)] = 1
    """Instances at first (1-100), within the range of the next two."""
    min_instance_count: Annotated[int, Field(ge=1, le=100)] = 1
    """Autoscaling never goes below this (1-100); prod needs two, to survive the loss of a zone."""
    max_instance_count: Annotated[int, Field(ge=1, le=100)] = 1
    """Autoscaling never goes above this (1-100); equal to the minimum, there is no autoscaling."""
    target_invocations_per_minute: Annotated[int, Field(ge=1)] = 600
    """Requests a minute and instance that autoscaling aims at."""
    data_capture_percent: Annotated[int, Field(ge=0, le=100)] = 100
    """Share of requests recorded for drift detection (0-100 %); at 0 drift is not measured."""
    latency_alarm_milliseconds: Annotated[int, Field(ge=1)] = 2000
    """Mean model latency above this rolls an update back."""
    rollout: Rollout
    """How a new version takes over."""
    model_version: Annotated[int, Field(ge=1)] | None = None
    """Version of the model package to serve; null follows the newest approved version."""

    @model_validator(mode="after")
    def _counts_are_in_order(self) -> Self:
        if self.max_instance_count < self.min_instance_count:
            raise at(
                "max_instance_count",
                f"must be at least min_instance_count ({self.min_instance_count})",
                self.max_instance_count,
            )
        if not self.min_instance_count <= self.initial_instance_count <= self.max_instance_count:
            raise at(
                "initial_instance_count",
                f"must be {self.min_instance_count}-{self.max_instance_count}, the range of"
                " min_instance_count and max_instance_count",
                self.initial_instance_count,
            )
        return self


class Drift(Settings):
    """When drift is measured and from where on it alarms."""

    schedule: Schedule
    """When traffic is compared with the baseline: ``cron(...)`` or ``rate(...)``, in UTC."""
    feature_threshold: Annotated[float, Field(gt=0)] = 0.25
    """Population stability index of a group's worst feature that alarms; 0.1 is slight."""
    prediction_threshold: Annotated[float, Field(gt=0)] = 0.25
    """Population stability index of the predictions that alarms."""
    auc_drop_threshold: Annotated[float, Field(gt=0, lt=1)] = 0.05
    """Loss of AUC against the registered value, on labelled traffic, that alarms (0-1)."""


class Retraining(Settings):
    """What the gate lets through."""

    cool_down_hours: Annotated[float, Field(ge=0)] = 24
    """Hours after a training in which no further one starts."""
    budget_retrainings: Annotated[int, Field(ge=0)] = 12
    """Trainings allowed within the window; 0 stops automatic retraining."""
    budget_window_days: Annotated[int, Field(ge=1)] = 365
    """Days over which the budget is counted."""
    min_new_labels: Annotated[int, Field(ge=0)] = 1000
    """Labelled rows that must have arrived since the live model was trained."""
    on_new_data: bool = False
    """Ask for a retraining after each successful feature pipeline, not only on drift."""
    schedule: Schedule | None = None
    """Ask for a retraining at these times too, ``cron(...)`` or ``rate(...)``, UTC; null never."""


class Source(Settings):
    """Where the delivery finds this repository."""

    type: Literal["github", "codecommit", "s3", "none"]
    """``none`` runs the commands where the builder stands: only on the emulator."""
    location: str | None = None
    """Clone URL, or ``bucket/key.zip`` for ``s3``; null with ``none``."""

    @model_validator(mode="after")
    def _has_a_location(self) -> Self:
        if (self.type == "none") != (self.location is None):
            raise at(
                "location",
                f"must be {'null' if self.type == 'none' else 'set'} with type {self.type}",
                self.location,
            )
        return self


class Delivery(Settings):
    """How an approved model version reaches the endpoint."""

    commands: Annotated[tuple[str, ...], Field(min_length=1)]
    """Shell commands of the build, in order, ``$STACK`` being the stack; a failure stops it."""
    source: Source
    """Where the build finds this repository."""
    compute_type: Literal[
        "BUILD_GENERAL1_SMALL", "BUILD_GENERAL1_MEDIUM", "BUILD_GENERAL1_LARGE"
    ] = "BUILD_GENERAL1_SMALL"
    """CodeBuild compute: 3, 7 or 15 GiB of memory; billed per minute of build."""
    timeout_minutes: Annotated[int, Field(ge=5, le=2160)] = 60
    """The build is stopped after this many minutes (5-2160); a canary must fit within."""
    state_bucket: str | None = None
    """Bucket of Pulumi's state, which the build reads and writes; null where it is elsewhere."""


class UseCase(Settings):
    """One use case: one loop from raw data to a served model."""

    processing: Processing
    """Compute of the steps that prepare, check and compare data."""
    training: Training
    """Compute of the training jobs."""
    tuning: Tuning = Tuning()
    """Size of the hyperparameter search."""
    approval: Literal["automatic", "manual"]
    """``automatic`` approves what beat the live model; ``manual`` leaves it to a person."""
    minimum_auc_gain: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """A challenger is registered when its AUC on held-out data is higher by this or more (0-1)."""
    serving: Serving
    """The endpoint that answers."""
    drift: Drift
    """When drift is measured and from where on it alarms."""
    retraining: Retraining = Retraining()
    """What the retraining gate lets through."""
    delivery: Delivery
    """How an approved version reaches the endpoint."""


def at(key: str, rule: str, value: object) -> PydanticCustomError:
    """Return an error about ``key`` below the model that is being validated."""
    return PydanticCustomError("rule", "{rule}", {"key": key, "rule": rule, "got": value})
