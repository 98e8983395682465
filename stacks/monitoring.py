"""What a use case watches, and what the retraining gate lets through."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stacks._schedule import Schedule
from stacks.settings import Settings


class Drift(Settings):
    """When drift is measured and from where on it alarms."""

    schedule: Schedule
    """When traffic is compared with the baseline: ``cron(...)`` or ``rate(...)``, in UTC."""
    feature_threshold: Annotated[float, Field(gt=0)] = 0.25
    """Population stability index of a group's worst feature that alarms; 0.1 is slight."""
    prediction_threshold: Annotated[float, Field(gt=0)] = 0.25
    """Population stability index of the predictions that alarms."""
    drop_threshold: Annotated[float, Field(gt=0, lt=1)] = 0.05
    """Loss of the use case's objective, AUC or accuracy, against the registered value, on labelled
    traffic, that alarms (0-1)."""


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
