"""Rules with a schedule: timers on the emulator's clock."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Any

from moto.events.exceptions import ValidationException
from moto.events.models import EventsBackend, Rule

from infra.cron import ScheduleError
from infra.emulator.clock import Timer
from infra.emulator.context import Context
from infra.emulator.events.bus import Bus
from infra.emulator.patches import replace
from infra.emulator.scheduler.expression import Schedule


class ScheduledRules:
    """Keeps one timer for each enabled rule that has a schedule."""

    def __init__(self, context: Context, bus: Bus) -> None:
        self._context = context
        self._bus = bus
        self._timers: dict[str, Timer] = {}
        self._lock = threading.Lock()

    def arm(self, rule: Rule) -> None:
        """Start the rule's timer anew, or end it where the rule is disabled or has no schedule."""
        self.disarm(rule.arn)
        if rule.scheduled_expression and rule.state == "ENABLED":
            now = self._context.clock.now()
            self._next(rule, now, start=now)

    def disarm(self, rule_arn: str) -> None:
        """End the timer of a rule."""
        with self._lock:
            if timer := self._timers.pop(rule_arn, None):
                timer.cancel()

    def _next(self, rule: Rule, moment: datetime, *, start: datetime) -> None:
        schedule = Schedule.parse(str(rule.scheduled_expression))
        due = schedule.next_after(moment, start=start)
        if due is None:
            return

        def fire(when: datetime) -> None:
            self._next(rule, when, start=start)
            self._bus.fire(rule, when)

        with self._lock:
            self._timers[rule.arn] = self._context.clock.call_at(
                due, fire, name=f"rule {rule.name}"
            )


def install_schedules(context: Context, bus: Bus) -> None:
    """Arm and disarm timers as rules are put, enabled, disabled and deleted."""
    rules = ScheduledRules(context, bus)

    def put_rule(backend: EventsBackend, name: str, *arguments: Any, **options: Any) -> Rule:
        expression = options.get("scheduled_expression")
        if expression:
            _check(expression)
        rule: Rule = put_by_moto(backend, name, *arguments, **options)
        rules.arm(rule)
        return rule

    def delete_rule(backend: EventsBackend, name: str, event_bus_arn: str | None) -> None:
        bus_name = (event_bus_arn or "default").rsplit("/", 1)[-1]
        found = bus_name in backend.event_buses and backend.event_buses[bus_name].rules.get(name)
        delete_by_moto(backend, name, event_bus_arn)
        if found:
            rules.disarm(found.arn)

    def switch(by_moto: str) -> None:
        def switched(backend: EventsBackend, name: str, event_bus_arn: str | None) -> bool:
            done: bool = before(backend, name, event_bus_arn)
            if done:
                rules.arm(backend.describe_rule(name, event_bus_arn))
            return done

        before = replace(context, EventsBackend, by_moto, switched)

    put_by_moto = replace(context, EventsBackend, "put_rule", put_rule)
    delete_by_moto = replace(context, EventsBackend, "delete_rule", delete_rule)
    switch("enable_rule")
    switch("disable_rule")


def _check(expression: str) -> None:
    try:
        once = Schedule.parse(expression).once is not None
    except ScheduleError as error:
        raise ValidationException(
            f"Parameter ScheduleExpression is not valid. Reason: {error}"
        ) from error
    if once:
        raise ValidationException(
            f"Parameter ScheduleExpression is not valid. Reason: not rate or cron, got {expression}"
        )
