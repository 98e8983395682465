"""Keeps a timer for each schedule and calls its target when it falls due."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.scheduler.models import Schedule as MotoSchedule

from infra.emulator.clock import Timer
from infra.emulator.context import Context
from infra.emulator.messaging.errors import DeliveryError
from infra.emulator.scheduler.expression import Schedule
from infra.emulator.scheduler.targets import Call, deliver, queue_url

log = logging.getLogger(__name__)

MAX_DELAY = timedelta(hours=1)


class Schedules:
    """All schedules of one emulator."""

    def __init__(self, context: Context, forget: Callable[[MotoSchedule], None]) -> None:
        """``forget`` deletes a schedule that completed and asked for it."""
        self._context = context
        self._forget = forget
        self._timers: dict[str, Timer] = {}
        self._lock = threading.Lock()

    def arm(self, schedule: MotoSchedule) -> None:
        """Start the schedule's timer anew, or end it where the schedule is disabled."""
        self.disarm(schedule.arn)
        if schedule.state != "ENABLED":
            return
        now = self._context.clock.now()
        parsed = Schedule.parse(schedule.schedule_expression, schedule.schedule_expression_timezone)
        start = max(_moment(schedule.start_date) or now, now)
        if parsed.every is not None:
            # A rate counts from its start date; without one it begins at once.
            first = _moment(schedule.start_date) or now
            due = first if first >= now else parsed.next_after(now, start=first)
        else:
            due = parsed.next_after(start - timedelta(microseconds=1), start=start)
        self._arm_at(schedule, parsed, due, origin=_moment(schedule.start_date) or now)

    def disarm(self, schedule_arn: str) -> None:
        """End the timer of a schedule."""
        with self._lock:
            if timer := self._timers.pop(schedule_arn, None):
                timer.cancel()

    def _arm_at(
        self,
        schedule: MotoSchedule,
        parsed: Schedule,
        due: datetime | None,
        *,
        origin: datetime,
    ) -> None:
        end = _moment(schedule.end_date)
        if due is None or (end is not None and due > end):
            self._complete(schedule)
            return

        def fire(when: datetime) -> None:
            target = dict(schedule.target)
            self._arm_at(schedule, parsed, parsed.next_after(when, start=origin), origin=origin)
            self._attempt(target, schedule.arn, when, str(uuid.uuid4()), 1)

        with self._lock:
            self._timers[schedule.arn] = self._context.clock.call_at(
                due, fire, name=f"schedule {schedule.name}"
            )

    def _complete(self, schedule: MotoSchedule) -> None:
        self.disarm(schedule.arn)
        if schedule.action_after_completion == "DELETE":
            self._forget(schedule)

    def _attempt(
        self,
        target: dict[str, Any],
        schedule_arn: str,
        when: datetime,
        execution_id: str,
        attempt: int,
    ) -> None:
        call = Call(target, schedule_arn, when, execution_id, attempt)
        try:
            deliver(self._context, call)
        except DeliveryError as error:
            log.warning("%s: %s", schedule_arn, error)
            if error.retryable and self._may_retry(target, when, attempt):
                self._retry(call)
            else:
                self._dead_letter(call, error)
        except Exception as error:
            # A fault of the emulator's own: told like any failure, and seen in its log.
            log.exception("schedule %s", schedule_arn)
            self._dead_letter(call, DeliveryError("InternalServerException", repr(error)))

    def _may_retry(self, target: dict[str, Any], when: datetime, attempt: int) -> bool:
        policy = target.get("RetryPolicy") or {}
        age = self._context.clock.now() - when
        allowed = timedelta(seconds=policy.get("MaximumEventAgeInSeconds", 86_400))
        return attempt <= policy.get("MaximumRetryAttempts", 185) and age < allowed

    def _retry(self, call: Call) -> None:
        def again(_: datetime) -> None:
            self._attempt(
                dict(call.target),
                call.schedule_arn,
                call.scheduled_time,
                call.execution_id,
                call.attempt + 1,
            )

        delay = min(timedelta(seconds=2 ** min(call.attempt, 12)), MAX_DELAY)
        self._context.clock.call_at(
            self._context.clock.now() + delay, again, name=f"retry of {call.schedule_arn}"
        )

    def _dead_letter(self, call: Call, error: DeliveryError) -> None:
        queue_arn = (call.target.get("DeadLetterConfig") or {}).get("Arn")
        if not queue_arn:
            return
        attributes = {
            "ERROR_CODE": error.code,
            "ERROR_MESSAGE": error.message or "-",
            "EXECUTION_ID": call.execution_id,
            "EXECUTION_TIME": f"{self._context.clock.now():%Y-%m-%dT%H:%M:%SZ}",
            "RETRY_ATTEMPTS": str(call.attempt - 1),
            "SCHEDULE_ARN": call.schedule_arn,
            "SCHEDULED_TIME": f"{call.scheduled_time:%Y-%m-%dT%H:%M:%SZ}",
            "TARGET_ARN": str(call.target["Arn"]),
        }
        try:
            # EventBridge Scheduler sends with the schedule's role, not under the queue's policy.
            client = self._context.client("sqs", call.region, role_arn=call.target["RoleArn"])
            client.send_message(
                QueueUrl=queue_url(self._context, queue_arn),
                MessageBody=call.text(),
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value}
                    for name, value in attributes.items()
                },
            )
        except Exception:
            log.exception("dead-letter queue %s of %s", queue_arn, call.schedule_arn)


def _moment(value: Any) -> datetime | None:
    """Return moto's date: a number of seconds, or ISO 8601."""
    if value in (None, ""):
        return None
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    found = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    return found if found.tzinfo else found.replace(tzinfo=UTC)
