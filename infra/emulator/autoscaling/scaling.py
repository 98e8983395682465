"""Carries out what policies and schedules call for, and keeps a record of it."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from moto.applicationautoscaling.models import (
    FakeApplicationAutoscalingPolicy,
    FakeScalableTarget,
    applicationautoscaling_backends,
)

from infra.emulator.autoscaling import capacity
from infra.emulator.context import Context
from infra.emulator.messaging.errors import DeliveryError

SERVICE: Final = "sagemaker"
DIMENSION: Final = "sagemaker:variant:DesiredInstanceCount"
ACTIVITIES_KEPT: Final = 1000


@dataclass(slots=True)
class Last:
    """When a policy last added and took away."""

    out: datetime | None = None
    in_: datetime | None = None


class Scaling:
    """Changes instance counts of one emulator's endpoints."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._last: dict[str, Last] = {}
        self._activities: list[tuple[str, dict[str, Any]]] = []

    def act(self, policy_arn: str, value: float, threshold: float, cause: str) -> str:
        """Do what a policy says to an alarm on ``value``; return what was done.

        Raises:
            DeliveryError: there is no such policy or nothing that it could scale.
        """
        region = policy_arn.split(":")[3]
        policy, target = self._find(region, policy_arn)
        try:
            endpoint, variant = capacity.find(self._context, region, policy.resource_id)
        except capacity.UnscalableError as error:
            raise DeliveryError("ObjectNotFoundException", str(error)) from error
        now = variant.instances or 0
        wanted = _wanted(policy, now, value, threshold)
        wanted = min(max(wanted, target.min_capacity or 0), target.max_capacity or wanted)
        if wanted == now:
            return f"stays at {now}"
        if self._cools(policy, out=wanted > now):
            return f"stays at {now}: cooling down"
        try:
            capacity.set_count(endpoint, variant, wanted)
        except capacity.UnscalableError as error:
            self._note(region, target, wanted, cause, failure=str(error))
            raise DeliveryError("ConcurrentUpdateException", str(error)) from error
        last = self._last.setdefault(policy.policy_arn, Last())
        moment = self._context.clock.now()
        last.out, last.in_ = (moment, last.in_) if wanted > now else (last.out, moment)
        self._note(region, target, wanted, cause)
        return f"from {now} to {wanted}"

    def keep_within(self, region: str, target: FakeScalableTarget, cause: str) -> None:
        """Bring the present count into the limits that a schedule has just changed."""
        try:
            endpoint, variant = capacity.find(self._context, region, target.resource_id)
            now = variant.instances or 0
            wanted = min(max(now, target.min_capacity or 0), target.max_capacity or now)
            if wanted != now:
                capacity.set_count(endpoint, variant, wanted)
                self._note(region, target, wanted, cause)
        except capacity.UnscalableError as error:
            self._note(region, target, target.min_capacity or 0, cause, failure=str(error))

    def target(self, region: str, endpoint: str, variant: str) -> FakeScalableTarget | None:
        """Return the limits within which a variant scales, if it does."""
        backend = applicationautoscaling_backends[self._context.account_id][region]
        return backend.targets.get(DIMENSION, {}).get(f"endpoint/{endpoint}/variant/{variant}")

    def activities(self, region: str, resource_id: str | None) -> list[dict[str, Any]]:
        """Return what was done, newest first."""
        return [
            activity
            for place, activity in reversed(self._activities)
            if place == region and resource_id in {None, activity["ResourceId"]}
        ]

    def _find(
        self, region: str, policy_arn: str
    ) -> tuple[FakeApplicationAutoscalingPolicy, FakeScalableTarget]:
        backend = applicationautoscaling_backends[self._context.account_id][region]
        for policy in backend.policies.values():
            if policy.policy_arn == policy_arn:
                target = backend.targets.get(policy.scalable_dimension, {}).get(policy.resource_id)
                if target is not None:
                    return policy, target
        raise DeliveryError("ObjectNotFoundException", f"no scaling policy {policy_arn}")

    def _cools(self, policy: FakeApplicationAutoscalingPolicy, *, out: bool) -> bool:
        last = self._last.get(policy.policy_arn)
        moment = None if last is None else last.out if out else last.in_
        if moment is None:
            return False
        seconds = _cooldown(policy, out=out)
        return self._context.clock.now() < moment + timedelta(seconds=seconds)

    def _note(
        self,
        region: str,
        target: FakeScalableTarget,
        wanted: int,
        cause: str,
        *,
        failure: str | None = None,
    ) -> None:
        now = self._context.clock.now()
        status, words = ("Failed", failure) if failure else ("Successful", None)
        activity = {
            "ActivityId": str(uuid.uuid4()),
            "ServiceNamespace": target.service_namespace,
            "ResourceId": target.resource_id,
            "ScalableDimension": target.scalable_dimension,
            "Description": f"Setting desired instance count to {wanted}.",
            "Cause": cause,
            "StartTime": now.timestamp(),
            "EndTime": now.timestamp(),
            "StatusCode": status,
            "StatusMessage": words
            or f"Successfully set desired instance count to {wanted}. Change successfully"
            " fulfilled by sagemaker.",
        }
        self._activities = [*self._activities, (region, activity)][-ACTIVITIES_KEPT:]


def _wanted(
    policy: FakeApplicationAutoscalingPolicy, now: int, value: float, threshold: float
) -> int:
    if policy.policy_type == "TargetTrackingScaling":
        config: Mapping[str, Any] = policy.target_tracking_scaling_policy_configuration or {}
        # What one instance bears is a share of the whole: the whole, divided by the target.
        return math.ceil(now * value / float(config["TargetValue"]) - 1e-9)
    config = policy.step_scaling_policy_configuration or {}
    over = value - threshold
    for step in config.get("StepAdjustments") or []:
        low, high = step.get("MetricIntervalLowerBound"), step.get("MetricIntervalUpperBound")
        if (low is None or over >= float(low)) and (high is None or over < float(high)):
            return _adjusted(config, now, int(step["ScalingAdjustment"]))
    return now


def _adjusted(config: Mapping[str, Any], now: int, adjustment: int) -> int:
    match config["AdjustmentType"]:
        case "ExactCapacity":
            return adjustment
        case "PercentChangeInCapacity":
            change = now * adjustment / 100
            size = max(math.floor(abs(change)), int(config.get("MinAdjustmentMagnitude") or 1))
            return now + (size if change > 0 else -size)
        case _:
            return now + adjustment


def _cooldown(policy: FakeApplicationAutoscalingPolicy, *, out: bool) -> float:
    tracking = policy.target_tracking_scaling_policy_configuration
    if tracking is not None:
        return float(tracking.get("ScaleOutCooldown" if out else "ScaleInCooldown") or 0)
    return float((policy.step_scaling_policy_configuration or {}).get("Cooldown") or 0)
