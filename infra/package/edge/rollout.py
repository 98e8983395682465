"""What ``components.rollout`` is in plain values."""

from typing import NotRequired, TypedDict

from infra.package.edge.words import RolloutStrategy


class Rollout(TypedDict):
    """Steps in which traffic moves to the new fleet, and time for alarms in between."""

    strategy: NotRequired[RolloutStrategy]
    """All traffic in one move, a part first, or equal steps.

    By default `canary`."""
    step_percent: NotRequired[int]
    """By default `10`."""
    wait_seconds: NotRequired[int]
    """Time between steps in which an alarm rolls back.

    By default `300`."""
    termination_wait_seconds: NotRequired[int]
    """Time for which the old fleet stays after the last step.

    By default `300`."""
