"""EventBridge's work: match an event against the rules of its bus and see each target served."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends
from moto.events.models import Rule, events_backends

from infra.emulator.context import Context
from infra.emulator.events.journal import Delivery, Entry, Journal
from infra.emulator.events.pattern import matches
from infra.emulator.events.targets import SERVICE, Parcel, deliver
from infra.emulator.events.transform import TransformError, payload
from infra.emulator.messaging.errors import DeliveryError
from infra.emulator.messaging.queues import send

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 185
MAX_AGE = timedelta(hours=24)
MAX_DELAY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Errand:
    """An event on its way from a rule to one of its targets, through every attempt."""

    rule: Rule
    target: Mapping[str, Any]
    event: dict[str, Any]
    delivery: Delivery


class Bus:
    """The buses of one emulator; is its :class:`~infra.emulator.context.EventSink`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.journal = Journal()

    def __call__(
        self,
        *,
        source: str,
        detail_type: str,
        detail: Mapping[str, Any],
        resources: list[str],
        region: str,
    ) -> None:
        """Put an AWS service's event on the default bus."""
        event = self.event(source, detail_type, detail, resources, region)
        self.publish(region, "default", event)

    def event(
        self,
        source: str,
        detail_type: str,
        detail: Mapping[str, Any],
        resources: list[str],
        region: str,
        *,
        time: datetime | None = None,
    ) -> dict[str, Any]:
        """Return an event in EventBridge's envelope, stamped with the emulator's clock."""
        moment = time or self._context.clock.now()
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": detail_type,
            "source": source,
            "account": self._context.account_id,
            "time": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": region,
            "resources": resources,
            # A copy, and what a JSON reader will see: no datetime survives.
            "detail": json.loads(json.dumps(detail, default=str)),
        }

    def publish(self, region: str, bus: str, event: dict[str, Any]) -> None:
        """Deliver to every enabled rule of the bus that matches, in the background."""
        entry = self.journal.record(bus, event)
        for rule in list(
            events_backends[self._context.account_id][region].event_buses[bus].rules.values()
        ):
            self._offer(rule, event, entry)

    def offer(self, rule: Rule, event: dict[str, Any]) -> None:
        """Deliver to one rule if it matches: a replay, or a rule that moto calls by itself."""
        self._offer(rule, event, self.journal.record(rule.event_bus_name, event))

    def fire(self, rule: Rule, moment: datetime) -> None:
        """Deliver the event of a rule whose schedule fell due."""
        event = self.event(
            "aws.events", "Scheduled Event", {}, [rule.arn], rule.region_name, time=moment
        )
        self._deliver_all(rule, event, self.journal.record("default", event))

    def _offer(self, rule: Rule, event: dict[str, Any], entry: Entry) -> None:
        pattern = rule.event_pattern.get_pattern()
        if not rule.state.startswith("ENABLED") or not pattern or not matches(pattern, event):
            return
        self._deliver_all(rule, event, entry)

    def _deliver_all(self, rule: Rule, event: dict[str, Any], entry: Entry) -> None:
        self._count(rule, "MatchedEvents")
        for target in list(rule.targets):
            errand = Errand(rule, target, event, Delivery(rule.name, target["Arn"]))
            entry.deliveries.append(errand.delivery)
            name = f"event {event['detail-type']} to {target['Arn'].rsplit(':', 1)[-1]}"
            self._context.work.submit(name, self._attempt, errand, 0)

    def _attempt(self, errand: Errand, attempt: int) -> None:
        self._count(errand.rule, "Invocations")
        arn = errand.rule.arn
        try:
            text = payload(errand.target, errand.event, arn)
            deliver(self._context, Parcel(errand.event, text, errand.target, arn, self.publish))
        except TransformError as error:
            self._fail(errand, DeliveryError("INVALID_JSON", str(error)))
        except DeliveryError as error:
            if error.retryable and self._may_retry(errand, attempt):
                self._retry(errand, attempt)
            else:
                self._fail(errand, error)
        except Exception as error:
            # A fault of the emulator's own: told like any failure, and seen in its log.
            log.exception("delivery to %s", errand.target["Arn"])
            self._fail(errand, DeliveryError("SDK_CLIENT_ERROR", repr(error)))
        else:
            errand.delivery.status = "delivered"

    def _may_retry(self, errand: Errand, attempt: int) -> bool:
        policy = errand.target.get("RetryPolicy") or {}
        age = self._context.clock.now() - datetime.fromisoformat(errand.event["time"])
        allowed = timedelta(seconds=policy.get("MaximumEventAgeInSeconds", MAX_AGE.total_seconds()))
        return attempt < policy.get("MaximumRetryAttempts", MAX_ATTEMPTS) and age < allowed

    def _retry(self, errand: Errand, attempt: int) -> None:
        delay = min(timedelta(seconds=2 ** min(attempt, 12)), MAX_DELAY)
        self._context.clock.call_at(
            self._context.clock.now() + delay,
            lambda _: self._attempt(errand, attempt + 1),
            name=f"event retry {attempt + 1} {errand.rule.name}",
        )

    def _fail(self, errand: Errand, error: DeliveryError) -> None:
        rule, target, delivery = errand.rule, errand.target, errand.delivery
        self._count(rule, "FailedInvocations")
        delivery.status, delivery.error = "failed", str(error)
        log.warning("rule %s to %s: %s", rule.name, target["Arn"], error)
        queue_arn = (target.get("DeadLetterConfig") or {}).get("Arn")
        if not queue_arn:
            return
        attributes = {
            "RULE_ARN": rule.arn,
            "TARGET_ARN": target["Arn"],
            "ERROR_CODE": error.code,
            "ERROR_MESSAGE": error.message,
        }
        try:
            send(
                self._context,
                queue_arn,
                json.dumps(errand.event),
                service=SERVICE,
                source_arn=rule.arn,
                attributes=attributes,
            )
        except DeliveryError as failure:
            self._count(rule, "InvocationsFailedToBeSentToDlq")
            log.warning("dead-letter queue %s: %s", queue_arn, failure)
        else:
            delivery.dead_letter = queue_arn
            self._count(rule, "InvocationsSentToDlq")

    def _count(self, rule: Rule, metric: str) -> None:
        backend = cloudwatch_backends[self._context.account_id][rule.region_name]
        dimensions = [{"Name": "RuleName", "Value": rule.name}]
        datum = {"MetricName": metric, "Value": 1.0, "Unit": "Count", "Dimensions": dimensions}
        backend.put_metric_data("AWS/Events", [datum])
