"""How a use case's model is served, and how another version takes over."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stacks._instances import ServingInstance
from stacks._serving_rules import check
from stacks.scaling import DEFAULT_TARGETS, Metric, Scaling
from stacks.serving_modes import Asynchronous, Serverless
from stacks.settings import Settings, at
from stacks.variants import VARIANT, InstanceCount, ProductionVariant, Shadow, Variant


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

    mode: Literal["realtime", "asynchronous", "serverless"] = "realtime"
    """``realtime`` answers at once, ``asynchronous`` by way of S3, ``serverless`` on demand."""
    instance_type: ServingInstance | None = None
    """SageMaker instance type of the endpoint, GPU families included; billed while it stands."""
    initial_instance_count: InstanceCount = 1
    """Instances at first (1-100), within the range of the next two."""
    min_instance_count: InstanceCount = 1
    """Autoscaling never goes below this (1-100, asynchronous 0); prod needs two, to survive the
    loss of a zone."""
    max_instance_count: Annotated[int, Field(ge=1, le=100)] = 1
    """Autoscaling never goes above this (1-100); equal to the minimum, there is no autoscaling."""
    scaling: Scaling = Scaling()
    """What autoscaling aims at, and business hours."""
    variants: tuple[Variant, ...] = ()
    """Versions that answer side by side; empty: one variant ``live``."""
    shadow: Shadow | None = None
    """A candidate that is asked along, unheard, until it is approved or rejected; null for none."""
    asynchronous: Asynchronous | None = None
    """Only with that mode; null takes its defaults."""
    serverless: Serverless | None = None
    """Only with that mode; null takes its defaults."""
    data_capture_percent: Annotated[int, Field(ge=0, le=100)] = 100
    """Share of requests recorded for drift detection (0-100 %); at 0 drift is not measured."""
    latency_alarm_milliseconds: Annotated[int, Field(ge=1)] = 2000
    """Mean model latency above this rolls an update back."""
    rollout: Rollout
    """How a new version takes over."""
    model_version: Annotated[int, Field(ge=1)] | None = None
    """Version of the model package to serve; null follows the newest approved version."""

    @model_validator(mode="after")
    def _sagemaker_can_serve_it(self) -> Self:
        check(self)
        return self

    @property
    def production_variants(self) -> tuple[ProductionVariant, ...]:
        """The variants that answer, with what they take from the endpoint filled in."""
        listed = self.variants or (
            Variant(name=VARIANT, model_version=self.model_version or "newest"),
        )

        def own(value: int | None, default: int) -> int:
            return default if value is None else value

        return tuple(
            ProductionVariant(
                name=one.name,
                model_version=one.model_version,
                weight=one.weight,
                instance_type=one.instance_type or self.instance_type,
                initial_instance_count=own(one.initial_instance_count, self.initial_instance_count),
                min_instance_count=own(one.min_instance_count, self.min_instance_count),
                max_instance_count=own(one.max_instance_count, self.max_instance_count),
            )
            for one in listed
        )

    @property
    def model_versions(self) -> dict[str, Literal["newest", "previous"] | int]:
        """What each variant is to serve, in the file's order."""
        return {one.name: one.model_version for one in self.production_variants}

    @property
    def scaling_metric(self) -> Metric:
        """What autoscaling measures."""
        return self.scaling.metric or ("backlog" if self.mode == "asynchronous" else "invocations")

    @property
    def scaling_target(self) -> float:
        """What one instance is to bear of it."""
        target = self.scaling.target
        return DEFAULT_TARGETS[self.scaling_metric] if target is None else target
