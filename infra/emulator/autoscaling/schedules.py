"""Scheduled actions, on the emulator's clock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from moto.applicationautoscaling.exceptions import AWSValidationException
from moto.applicationautoscaling.models import (
    FakeScheduledAction,
    applicationautoscaling_backends,
)

from infra.cron import ScheduleError
from infra.emulator.autoscaling.scaling import SERVICE, Scaling
from infra.emulator.clock import Timer
from infra.emulator.context import Context
from infra.emulator.scheduler.expression import Schedule


class Schedules:
    """Keeps a timer with every scheduled action."""

    def __init__(self, context: Context, scaling: Scaling) -> None:
        self._context = context
        self._scaling = scaling
        self._timers: dict[str, Timer] = {}

    def check(self, schedule: str, timezone: str | None) -> None:
        """Check a schedule before it is kept.

        Raises:
            AWSValidationException: AWS would refuse it.
        """
        try:
            Schedule.parse(schedule, timezone or "UTC")
        except ScheduleError as error:
            raise AWSValidationException(f"Invalid schedule: {error}") from error

    def arm(self, region: str, action: FakeScheduledAction) -> None:
        """Wait for the next time of an action."""
        self.disarm(action)
        schedule = Schedule.parse(action.schedule, action.timezone or "UTC")
        now = self._context.clock.now()
        due = schedule.next_after(now, start=now)
        if due is None:
            return

        def fall_due(_: datetime) -> None:
            self._carry_out(region, action)
            self.arm(region, action)

        name = f"scheduled action {action.scheduled_action_name}"
        self._timers[action.arn] = self._context.clock.call_at(due, fall_due, name=name)

    def disarm(self, action: FakeScheduledAction) -> None:
        """Wait no more."""
        if timer := self._timers.pop(action.arn, None):
            timer.cancel()

    def _carry_out(self, region: str, action: FakeScheduledAction) -> None:
        backend = applicationautoscaling_backends[self._context.account_id][region]
        targets = backend.targets.get(action.scalable_dimension, {})
        target = targets.get(action.resource_id)
        if target is None:
            return
        limits: Any = action.scalable_target_action
        target.min_capacity = limits.get("MinCapacity", target.min_capacity)
        target.max_capacity = limits.get("MaxCapacity", target.max_capacity)
        if action.service_namespace == SERVICE:
            cause = f"scheduled action name {action.scheduled_action_name} was triggered"
            self._scaling.keep_within(region, target, cause)
