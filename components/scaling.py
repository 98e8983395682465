"""By what the number of instances follows the traffic, and in which hours it is higher."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True, slots=True)
class BusinessHours:
    """Hours with a higher minimum."""

    days: str
    """As cron writes them, ``MON-FRI``."""
    starts_at: str
    """``HH:MM``."""
    ends_at: str
    """``HH:MM``, of the same day."""
    time_zone: str
    """IANA name."""
    min_instance_count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Scaling:
    """What autoscaling aims at."""

    metric: Literal["invocations", "concurrency", "gpu", "backlog"] = "invocations"
    """Requests a minute, requests at once, GPU utilisation (%), or queued requests."""
    target: float = 600
    """Of the metric, for each instance."""
    scale_out_cooldown_seconds: int = 60
    scale_in_cooldown_seconds: int = 300
    business_hours: BusinessHours | None = None
