"""A deployment: a new fleet beside the old one, traffic shifted in steps, back if it goes wrong."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from moto.sagemaker.exceptions import ValidationError

from infra.emulator.clock import Timer
from infra.emulator.context import Context
from infra.emulator.hosting.endpoint import Endpoint
from infra.emulator.hosting.errors import StartError
from infra.emulator.hosting.fleet import Fleet
from infra.emulator.hosting.policy import Policy

log = logging.getLogger(__name__)

WATCH_SECONDS: Final = 60.0
"""Of the emulator's clock, between two looks at the alarms while traffic bakes."""


class Deployment:
    """Brings an endpoint to a fleet; holds the endpoint's lock for each step."""

    def __init__(self, context: Context, endpoint: Endpoint, fleet: Fleet, policy: Policy) -> None:
        self._context = context
        self._endpoint = endpoint
        self.fleet = fleet
        self._policy = policy
        self._started = context.clock.now()
        self._timers: list[Timer] = []
        self._over = False

    def summary(self) -> dict[str, Any]:
        """Return DescribeEndpoint's ``PendingDeploymentSummary``."""
        return {
            "EndpointConfigName": self.fleet.config.endpoint_config_name,
            "ProductionVariants": [
                {"VariantName": variant.name} for variant in self.fleet.variants
            ],
            "StartTime": self._started,
        }

    def cancel(self) -> None:
        """Take no further step: the endpoint is being deleted."""
        self._over = True
        for timer in self._timers:
            timer.cancel()

    def run(self) -> None:
        """Start the fleet, then shift traffic; what waits goes on by the emulator's clock."""
        try:
            self.fleet.start()
        except StartError as error:
            self._fail(str(error))
            return
        except Exception as error:
            log.exception("endpoint %s", self._endpoint.endpoint_name)
            self._fail(f"{type(error).__name__}: {error}")
            return
        with self._endpoint.lock:
            if self._over:
                self.fleet.stop()
                return
            if self._endpoint.fleet is None:
                self._finish()
                return
            self._endpoint.successor, self._endpoint.successor_share = self.fleet, 0.0
            self._endpoint.tell_deployment("TrafficShiftingStarted")
            limit = self._policy.timeout_seconds
            if limit is not None:
                self._at(limit, lambda: self._fail(f"deployment took more than {limit:.0f} s"))
            self._shift(0)

    def _shift(self, step: int) -> None:
        share = self._policy.shares[step]
        if not self._alarmed():
            self._endpoint.successor_share = share
            self._endpoint.tell_deployment("TrafficShifted", TrafficPercentage=round(share * 100))
            last = step + 1 == len(self._policy.shares)
            self._bake(
                self._policy.wait_seconds,
                self._settle_down if last else lambda: self._shift(step + 1),
            )

    def _bake(self, seconds: float, then: Callable[[], None]) -> None:
        """Wait by the clock, with an eye on the alarms, then go on."""
        if self._alarmed():
            return
        if seconds <= 0:
            then()
            return
        step = min(seconds, WATCH_SECONDS)
        self._at(step, lambda: self._bake(seconds - step, then))

    def _settle_down(self) -> None:
        """Keep the old fleet for the termination wait, then end it."""
        self._bake(self._policy.termination_seconds, self._finish)

    def _finish(self) -> None:
        endpoint = self._endpoint
        old = endpoint.fleet
        self.cancel()
        endpoint.fleet, endpoint.config = self.fleet, self.fleet.config
        endpoint.successor, endpoint.successor_share = None, 0.0
        endpoint.deployment = None
        endpoint.last_deployment_config = self._policy.given or endpoint.last_deployment_config
        endpoint.set_status("InService")
        endpoint.capacity_changed()
        if old is not None:
            endpoint.tell_deployment("DeploymentCompleted")
            self._context.work.submit(f"end fleet of {endpoint.endpoint_name}", old.stop)

    def _alarmed(self) -> bool:
        """Roll back if one of the alarms is in ALARM; tell whether it was so."""
        if not self._policy.alarms:
            return False
        try:
            cloudwatch = self._context.client("cloudwatch", self._endpoint.region)
            found = cloudwatch.describe_alarms(
                AlarmNames=list(self._policy.alarms),
                AlarmTypes=["MetricAlarm", "CompositeAlarm"],
            )
        except (BotoCoreError, ClientError) as error:
            self._fail(f"the state of the rollback alarms cannot be read: {error}")
            return True
        for alarm in [*found.get("MetricAlarms", []), *found.get("CompositeAlarms", [])]:
            if alarm["StateValue"] == "ALARM":
                self._fail(f"alarm {alarm['AlarmName']} is in ALARM: rolled back")
                return True
        return False

    def _fail(self, reason: str) -> None:
        endpoint = self._endpoint
        with endpoint.lock:
            if self._over:
                return
            self.cancel()
            endpoint.successor, endpoint.successor_share = None, 0.0
            endpoint.deployment = None
            if endpoint.fleet is None:
                endpoint.set_status("Failed", reason=reason)
            else:
                endpoint.set_status("RollingBack", reason=reason)
                endpoint.tell_deployment("RollbackStarted", Reason=reason)
                endpoint.set_status("InService", reason=reason)
                endpoint.tell_deployment("RollbackCompleted")
        self.fleet.stop()

    def _at(self, seconds: float, step: Callable[[], None]) -> None:
        def due(_: datetime) -> None:
            with self._endpoint.lock:
                if not self._over:
                    step()

        name = f"deployment of {self._endpoint.endpoint_name}"
        when = self._context.clock.now() + timedelta(seconds=seconds)
        self._timers.append(self._context.clock.call_at(when, due, name=name))


def check_alarms(context: Context, region: str, names: tuple[str, ...]) -> None:
    """Check that the alarms a deployment shall watch are there.

    Raises:
        ValidationError: one is not.
    """
    if not names:
        return
    found = context.client("cloudwatch", region).describe_alarms(
        AlarmNames=list(names), AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    known = {
        alarm["AlarmName"]
        for alarm in [*found.get("MetricAlarms", []), *found.get("CompositeAlarms", [])]
    }
    if missing := [name for name in names if name not in known]:
        raise ValidationError(f"AutoRollbackConfiguration names alarms not found: {missing}")
