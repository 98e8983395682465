"""How a use case's model is served, and how another version takes over."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stacks._instances import ServingInstance
from stacks.settings import Settings, at


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
            raise at(
                "step_percent",
                "must be at least 10 with strategy linear",
                self.step_percent,
                beside=("strategy",),
            )
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
                beside=("min_instance_count",),
            )
        if not self.min_instance_count <= self.initial_instance_count <= self.max_instance_count:
            raise at(
                "initial_instance_count",
                f"must be {self.min_instance_count}-{self.max_instance_count}, the range of"
                " min_instance_count and max_instance_count",
                self.initial_instance_count,
                beside=("min_instance_count", "max_instance_count"),
            )
        return self
