"""How a new version takes over from the one that serves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True, slots=True)
class Rollout:
    """Steps in which traffic moves to the new fleet, and time for alarms in between."""

    strategy: Literal["all_at_once", "canary", "linear"] = "canary"
    """All traffic in one move, a part first, or equal steps."""
    step_percent: int = 10
    wait_seconds: int = 300
    """Time between steps in which an alarm rolls back."""
    termination_wait_seconds: int = 300
    """Time for which the old fleet stays after the last step."""
