"""What can start a pipeline: a new object, or the time."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi


@dataclass(frozen=True, kw_only=True, slots=True)
class NewObject:
    """Start when an object is created."""

    bucket: pulumi.Input[str]
    """A bucket that announces its objects to EventBridge."""
    pattern: str
    """Object key, with ``*`` for any run of characters."""
    parameter: str
    """Pipeline parameter that takes the object's key."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Recurring:
    """Start by the clock."""

    expression: str
    """``cron(...)`` or ``rate(...)``, in UTC."""
    time_parameter: str
    """Pipeline parameter that takes the scheduled time (ISO 8601)."""
