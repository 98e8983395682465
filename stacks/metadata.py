"""What is written down about a model beside the registry: cards, experiment tracking."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from stacks.settings import Settings

Window = Annotated[
    str, StringConstraints(pattern=r"^(Mon|Tue|Wed|Thu|Fri|Sat|Sun):([01]\d|2[0-3]):[0-5]\d$")
]
"""``Day:HH:MM`` in UTC, for example ``Sun:03:30``."""


class Tracking(Settings):
    """A managed MLflow tracking server for the stack; billed by the hour, asked or not."""

    size: Literal["Small", "Medium", "Large"] = "Small"
    """Small is for some 25 people, Medium for 50, Large for 100; the price follows."""
    mlflow_version: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+(\.\d+)?$")] = "3.0"
    """Version of MLflow; another replaces the server and loses what it holds."""
    automatic_model_registration: bool = False
    """Models logged to MLflow appear in SageMaker's registry too; the pipelines register theirs."""
    maintenance_window: Window = "Sun:03:30"
    """When AWS may restart it, ``Day:HH:MM`` in UTC."""


class Records(Settings):
    """What is written down when a version is registered, approved or rejected."""

    model_cards: bool = True
    """A model card for each version, brought up to date with its approval."""
