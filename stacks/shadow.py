"""When a shadow takes the place of what it shadows."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stacks._schedule import Schedule
from stacks.settings import Settings, at


class ShadowPromotion(Settings):
    """What is asked of a shadow, and who acts on the answer."""

    decides: Literal["approve", "recommend"] = "recommend"
    """``approve`` approves or rejects the version; ``recommend`` records what it would do."""
    schedule: Schedule = "cron(0 7 * * ? *)"
    """When the two are compared: ``cron(...)`` or ``rate(...)``, in UTC."""
    window_days: Annotated[int, Field(ge=1, le=60)] = 30
    """Days back that captured answers are compared over (1-60)."""
    min_requests: Annotated[int, Field(ge=1)] = 1000
    """Captured requests that both must have answered; below, nothing is decided."""
    min_days: Annotated[float, Field(ge=0, le=60)] = 7
    """Days that the shadow must have stood (0-60), within the window."""
    min_labels: Annotated[int, Field(ge=0)] = 500
    """Answered rows whose truth must be known; 0 decides without labels and AUC."""
    max_auc_loss: Annotated[float, Field(ge=0, lt=1)] = 0.005
    """The shadow's AUC may be lower than production's by this (0-1); beyond, it is rejected."""
    max_mean_difference: Annotated[float, Field(gt=0, le=1)] = 0.2
    """Mean distance of both scores of a row (0-1); beyond, a person is to decide."""
    max_latency_ratio: Annotated[float, Field(ge=1)] = 1.5
    """The shadow's p99 latency over production's (1 and up); beyond, it is rejected."""
    max_error_percent: Annotated[float, Field(ge=0, le=100)] = 1.0
    """Share of requests that fail at the shadow alone (0-100 %); beyond, it is rejected."""
    max_days: Annotated[float, Field(gt=0)] = 30
    """A shadow that stands longer undecided alarms: it is billed."""

    @model_validator(mode="after")
    def _the_window_holds_what_is_asked_for(self) -> Self:
        if self.min_days > self.window_days:
            raise at(
                "min_days",
                f"must be at most window_days ({self.window_days})",
                self.min_days,
                beside=("window_days",),
            )
        return self
