"""How a deployment goes about it: steps, waits, alarms."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.sagemaker.exceptions import ValidationError


@dataclass(frozen=True, slots=True)
class Policy:
    """A ``DeploymentConfig`` in numbers."""

    shares: tuple[float, ...] = (1.0,)
    """Of the traffic that goes to the new fleet, step after step; the last is 1."""
    wait_seconds: float = 0.0
    """Between two steps, and after the last."""
    termination_seconds: float = 0.0
    timeout_seconds: float | None = None
    alarms: tuple[str, ...] = ()
    given: dict[str, Any] | None = None
    """What the caller asked for, for DescribeEndpoint."""


def read_policy(config: Mapping[str, Any] | None, instances: int) -> Policy:
    """Return the policy of a ``DeploymentConfig``; all at once where there is none.

    Raises:
        ValidationError: both policies, none, or an impossible size.
    """
    if not config:
        return Policy()
    blue_green, rolling = config.get("BlueGreenUpdatePolicy"), config.get("RollingUpdatePolicy")
    if bool(blue_green) == bool(rolling):
        raise ValidationError(
            "DeploymentConfig must have either BlueGreenUpdatePolicy or RollingUpdatePolicy"
        )
    watched = (config.get("AutoRollbackConfiguration") or {}).get("Alarms") or []
    alarms = tuple(alarm["AlarmName"] for alarm in watched)
    if rolling:
        step = _fraction("MaximumBatchSize", rolling["MaximumBatchSize"], instances, 0.05, 0.5)
        return Policy(
            shares=_steps(step),
            wait_seconds=rolling["WaitIntervalInSeconds"],
            timeout_seconds=rolling.get("MaximumExecutionTimeoutInSeconds"),
            alarms=alarms,
            given=dict(config),
        )
    assert blue_green is not None  # noqa: S101 - one of the two is given
    routing = blue_green["TrafficRoutingConfiguration"]
    return Policy(
        shares=_shares(routing, instances),
        wait_seconds=routing["WaitIntervalInSeconds"],
        termination_seconds=blue_green.get("TerminationWaitInSeconds") or 0,
        timeout_seconds=blue_green.get("MaximumExecutionTimeoutInSeconds"),
        alarms=alarms,
        given=dict(config),
    )


def _shares(routing: Mapping[str, Any], instances: int) -> tuple[float, ...]:
    kind = routing["Type"]
    if kind == "ALL_AT_ONCE":
        return (1.0,)
    field, low = ("CanarySize", 0.0) if kind == "CANARY" else ("LinearStepSize", 0.1)
    if not routing.get(field):
        raise ValidationError(f"TrafficRoutingConfiguration of type {kind} must have {field}")
    size = _fraction(field, routing[field], instances, low, 0.5)
    return (size, 1.0) if kind == "CANARY" else _steps(size)


def _steps(size: float) -> tuple[float, ...]:
    count = math.ceil(1 / size - 1e-9)
    return tuple(min(1.0, size * (number + 1)) for number in range(count))


def _fraction(
    field: str, size: Mapping[str, Any], instances: int, low: float, high: float
) -> float:
    whole = 100 if size["Type"] == "CAPACITY_PERCENT" else instances
    fraction: float = size["Value"] / whole
    # One instance is the least there is, however large a part of a small fleet it may be.
    alone = size["Type"] == "INSTANCE_COUNT" and size["Value"] == 1
    if not alone and not (low <= fraction <= high and fraction > 0):
        raise ValidationError(
            f"{field} must be {low:.0%}-{high:.0%} of the fleet, got {size['Value']} of {whole}"
        )
    return min(1.0, fraction)
