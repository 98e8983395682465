"""Evaluates alarms when data arrives and as the clock moves on, and acts on what changes."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from moto.cloudwatch.models import Alarm, CloudWatchBackend, cloudwatch_backends

from infra.emulator.alarms import composite, messages
from infra.emulator.alarms.evaluation import Point, Verdict, decide, periods
from infra.emulator.alarms.history import History, Item, action_data, state_data
from infra.emulator.alarms.points import keys, period_seconds, points, rule, statistic
from infra.emulator.alarms.statistics import Key, Series, floor
from infra.emulator.clock import Timer
from infra.emulator.context import Context
from infra.emulator.messaging import functions, topics
from infra.emulator.messaging.errors import DeliveryError

log = logging.getLogger(__name__)

LAMBDA_PRINCIPAL = "lambda.alarms.cloudwatch.amazonaws.com"
TOPIC_PRINCIPAL = "cloudwatch.amazonaws.com"
SCALING = ":scalingPolicy:"
"""Part of the ARN of Application Auto Scaling's policies."""
RECHECK = timedelta(minutes=1)
"""After ``SetAlarmState`` CloudWatch's own verdict is back at its next evaluation."""


class Alarms:
    """All alarms of one emulator, in every region."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.history = History()
        self._series: dict[str, Series] = {}
        self._timers: dict[str, Timer] = {}
        self._scaled: dict[str, datetime] = {}
        self._lock = threading.RLock()

    def series(self, region: str) -> Series:
        """Return the metric data of a region."""
        with self._lock:
            return self._series.setdefault(region, Series())

    def data_arrived(
        self, backend: CloudWatchBackend, changed: Iterable[Key], latest: datetime
    ) -> None:
        """Evaluate the alarms that watch one of the series, in the background.

        One task for all of them, so that who hears of one alarm finds the others up to date. Data
        ahead of the clock is judged again once the clock is there.
        """
        series = set(changed)
        watching = [
            alarm
            for alarm in list(backend.alarms.values())
            if alarm.rule is None and keys(alarm) & series
        ]
        if not watching:
            return

        def evaluate_all(_: datetime | None = None) -> None:
            for alarm in watching:
                self.evaluate(alarm)

        self._context.work.submit("alarms", evaluate_all)
        if latest > self._context.clock.now():
            self._context.clock.call_at(latest, evaluate_all, name="alarms")

    def was_put(self, alarm: Alarm, before: Alarm | None) -> None:
        """Carry the state of an alarm that was put again over, note it, evaluate."""
        if before is None:
            alarm.state_value = "INSUFFICIENT_DATA"
            alarm.state_reason_data = ""
        else:
            self.restore(alarm, messages.snapshot(before))
        kind = "Create" if before is None else "Update"
        summary = f'Alarm "{alarm.name}" {"created" if before is None else "updated"}'
        data = {"version": "1.0", "type": kind, "updatedAlarm": {"alarmName": alarm.name}}
        self._note(alarm, "ConfigurationUpdate", summary, json.dumps(data))
        self._submit(alarm)

    def restore(self, alarm: Alarm, state: messages.Snapshot) -> None:
        """Give the alarm a state it had before; tells nobody."""
        alarm.state_value = state.value
        alarm.state_reason, alarm.state_reason_data = state.reason, state.reason_data
        alarm.state_updated_timestamp = state.timestamp

    def was_deleted(self, alarm: Alarm) -> None:
        """End its timer."""
        with self._lock:
            if timer := self._timers.pop(alarm.alarm_arn, None):
                timer.cancel()
        data = {"version": "1.0", "type": "Delete", "updatedAlarm": {"alarmName": alarm.name}}
        self._note(alarm, "ConfigurationUpdate", f'Alarm "{alarm.name}" deleted', json.dumps(data))

    def set_state(self, alarm: Alarm, value: str, reason: str, reason_data: str | None) -> None:
        """Change the state by hand; the alarm's own verdict follows a little later."""
        self._change(alarm, value, reason, reason_data or "")
        if alarm.rule is None:
            wait = min(RECHECK, timedelta(seconds=period_seconds(alarm)))
            self._evaluate_at(alarm, self._context.clock.now() + wait)

    def evaluate(self, alarm: Alarm) -> None:
        """Judge the alarm now; come back when its present period ends while it has data."""
        with self._lock:
            if not self._stands(alarm):
                return
            if alarm.rule is not None:
                self._evaluate_composite(alarm)
                return
            now = self._context.clock.now()
            seconds = period_seconds(alarm)
            judged = rule(alarm)
            count = periods(judged.evaluation_periods, seconds)
            window = points(alarm, self.series(alarm.region_name), now, count)
            verdict = decide(judged, window)
            if verdict.state is not None and verdict.state != alarm.state_value:
                data = _reason_data(alarm, verdict, window, now)
                self._change(alarm, verdict.state, verdict.reason, data)
            elif verdict.state == "ALARM":
                self._scale_again(alarm, verdict, now)
            if any(point.value is not None for point in window):
                self._evaluate_at(alarm, floor(now, seconds) + timedelta(seconds=seconds))

    def _evaluate_composite(self, alarm: Alarm) -> None:
        parsed = composite.parse(str(alarm.rule))
        backend = cloudwatch_backends[self._context.account_id][alarm.region_name]
        states = {name: backend.alarms[name] for name in parsed.alarms if name in backend.alarms}

        def state(name: str) -> str:
            return str(states[name].state_value) if name in states else "INSUFFICIENT_DATA"

        value = "ALARM" if parsed.holds(state) else "OK"
        if value != alarm.state_value:
            listed = ", ".join(f"{name} is {state(name)}" for name in sorted(parsed.alarms))
            reason = f"{alarm.alarm_arn} transitioned to {value}: {listed}"
            self._change(alarm, value, reason, "")

    def _change(self, alarm: Alarm, value: str, reason: str, reason_data: str) -> None:
        with self._lock:
            before = messages.snapshot(alarm)
            alarm.update_state(reason, reason_data, value)
            after = messages.snapshot(alarm)
        if before.value == after.value:
            return
        summary = f"Alarm updated from {before.value} to {after.value}"
        self._note(alarm, "StateUpdate", summary, state_data(before, after))
        self._context.events(
            source="aws.cloudwatch",
            detail_type="CloudWatch Alarm State Change",
            detail=messages.state_change(alarm, before),
            resources=[alarm.alarm_arn],
            region=alarm.region_name,
        )
        if alarm.actions_enabled:
            for action in _actions(alarm):
                self._act(alarm, action, before)
        self._tell_composites(alarm)

    def _act(self, alarm: Alarm, action: str, before: messages.Snapshot) -> None:
        account_id = self._context.account_id
        error: str | None = None
        message = ""
        try:
            if ":sns:" in action:
                message = messages.for_topic(alarm, before, account_id)
                subject = f'{alarm.state_value}: "{alarm.name}" in {alarm.region_name}'[:100]
                topics.publish(
                    self._context,
                    action,
                    message,
                    service=TOPIC_PRINCIPAL,
                    source_arn=alarm.alarm_arn,
                    subject=subject,
                )
            elif ":lambda:" in action:
                message = messages.for_function(alarm, before, account_id)
                functions.invoke(
                    self._context,
                    action,
                    message,
                    service=LAMBDA_PRINCIPAL,
                    source_arn=alarm.alarm_arn,
                )
            elif SCALING in action:
                message = self._scale(alarm, action)
            else:
                error = f"actions like {action} are not emulated; nothing was done"
        except DeliveryError as failure:
            error = str(failure)
        if error:
            log.warning("alarm %s: %s", alarm.name, error)
        outcome = "Failed to execute" if error else "Successfully executed"
        data = action_data(action, message, error, self._context.clock.now())
        self._note(alarm, "Action", f"{outcome} action {action}", data)

    def _scale(self, alarm: Alarm, action: str) -> str:
        self._scaled[alarm.alarm_arn] = self._context.clock.now()
        points = json.loads(alarm.state_reason_data or "{}").get("recentDatapoints")
        value = points[-1] if points else float(alarm.threshold)
        return self._context.scaling.act(
            action, value, float(alarm.threshold), f"monitor alarm {alarm.name} in state ALARM"
        )

    def _scale_again(self, alarm: Alarm, verdict: Verdict, now: datetime) -> None:
        """Act once in each period: scaling goes on for as long as an alarm stays in ALARM."""
        actions = [action for action in alarm.alarm_actions or [] if SCALING in action]
        period = timedelta(seconds=max(60, period_seconds(alarm)))
        last = self._scaled.get(alarm.alarm_arn)
        if not actions or (last is not None and now < last + period):
            return
        recent = [point.value for point in reversed(verdict.considered)]
        alarm.state_reason_data = json.dumps({"recentDatapoints": recent})
        for action in actions:
            self._act(alarm, action, messages.snapshot(alarm))

    def _tell_composites(self, changed: Alarm) -> None:
        backend = cloudwatch_backends[self._context.account_id][changed.region_name]
        for alarm in list(backend.alarms.values()):
            if alarm.rule is not None and changed.name in composite.parse(alarm.rule).alarms:
                self._submit(alarm)

    def _submit(self, alarm: Alarm) -> None:
        self._context.work.submit(f"alarm {alarm.name}", self.evaluate, alarm)

    def _evaluate_at(self, alarm: Alarm, when: datetime) -> None:
        with self._lock:
            if timer := self._timers.pop(alarm.alarm_arn, None):
                timer.cancel()
            call: Callable[[datetime], None] = lambda _: self.evaluate(alarm)  # noqa: E731 - one line
            self._timers[alarm.alarm_arn] = self._context.clock.call_at(
                when, call, name=f"alarm {alarm.name}"
            )

    def _stands(self, alarm: Alarm) -> bool:
        backend = cloudwatch_backends[self._context.account_id][alarm.region_name]
        return backend.alarms.get(alarm.name) is alarm

    def _note(self, alarm: Alarm, kind: str, summary: str, data: str) -> None:
        now = self._context.clock.now()
        composite_alarm = alarm.rule is not None
        self.history.add(
            Item(alarm.region_name, alarm.name, composite_alarm, now, kind, summary, data)
        )


def _actions(alarm: Alarm) -> list[str]:
    match alarm.state_value:
        case "ALARM":
            return list(alarm.alarm_actions or [])
        case "OK":
            return list(alarm.ok_actions)
        case _:
            return list(alarm.insufficient_data_actions)


def _reason_data(alarm: Alarm, verdict: Verdict, window: list[Point], now: datetime) -> str:
    data: dict[str, Any] = {"version": "1.0", "queryDate": messages.stamp(now)}
    if verdict.considered:
        data["startDate"] = messages.stamp(verdict.considered[-1].start)
    if not alarm.metric_data_queries:
        data |= {"statistic": statistic(alarm), "period": period_seconds(alarm)}
    data["recentDatapoints"] = [p.value for p in reversed(verdict.considered)]
    data["threshold"] = float(alarm.threshold)
    data["evaluatedDatapoints"] = [
        {"timestamp": messages.stamp(p.start), "sampleCount": p.count, "value": p.value}
        for p in reversed(window)
        if p.value is not None
    ]
    return json.dumps(data)
