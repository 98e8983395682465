"""An endpoint: what it serves, how traffic is split, what it says of itself."""

from __future__ import annotations

import random
import threading
from datetime import datetime
from typing import TYPE_CHECKING, Any

from infra.emulator.hosting.asynchronous import Queue
from infra.emulator.hosting.configs import EndpointConfig
from infra.emulator.hosting.fleet import Fleet, Variant
from infra.emulator.sagemaker_api import iso, present

if TYPE_CHECKING:
    from infra.emulator.context import Context
    from infra.emulator.hosting.deployment import Deployment


class Endpoint:
    """One endpoint, the live fleet and perhaps the one that is to succeed it."""

    def __init__(  # noqa: PLR0913 - the members of the request
        self,
        context: Context,
        *,
        name: str,
        arn: str,
        region: str,
        config: EndpointConfig,
        tags: list[dict[str, str]],
    ) -> None:
        now = context.clock.now()
        self.endpoint_name = name
        self.arn = arn
        self.region = region
        self.config = config
        self.tags = tags
        self.endpoint_status = "Creating"
        self.failure_reason: str | None = None
        self.creation_time = self.last_modified_time = now
        self.fleet: Fleet | None = None
        self.successor: Fleet | None = None
        self.successor_share = 0.0
        self.deployment: Deployment | None = None
        self.last_deployment_config: dict[str, Any] | None = None
        self.queue = Queue(context, self, context.endpoint_metrics)
        self.stopped = False
        self.lock = threading.RLock()
        self._context = context
        self._random = random.Random(name)  # noqa: S311 - splits traffic

    @property
    def endpoint_config_name(self) -> str:
        """Return the name of the configuration that is live, or on its way."""
        return self.config.endpoint_config_name

    def choose(self) -> tuple[Fleet, Variant] | None:
        """Return where the next request goes; ``None`` when nothing serves."""
        fleet, successor = self.fleet, self.successor
        if successor is not None and self._random.random() < self.successor_share:
            fleet = successor
        if fleet is None:
            return None
        if len(fleet.variants) == 1:
            return fleet, fleet.variants[0]
        weights = [variant.weight for variant in fleet.variants]
        if not any(weights):
            return None
        return fleet, self._random.choices(fleet.variants, weights)[0]

    def shadows(self, fleet: Fleet, variant: Variant) -> list[Variant]:
        """Return the shadows that get a copy of a request: the ratio of the weights samples."""
        return [
            shadow
            for shadow in fleet.shadows
            if variant.weight and self._random.random() < shadow.weight / variant.weight
        ]

    def capacity_changed(self) -> None:
        """Let the queue know that there may be instances now, or none."""
        if self.config.asynchronous:
            # Not here and now: an alarm that acts waits for this while it holds off new data.
            self._context.work.submit(f"backlog of {self.endpoint_name}", self.queue.look)

    def set_status(self, status: str, *, reason: str | None = None) -> None:
        """Change the status and put it on the event bus."""
        self.endpoint_status = status
        if reason is not None or status == "Updating":
            self.failure_reason = reason
        self.last_modified_time = self._context.clock.now()
        self._context.events(
            source="aws.sagemaker",
            detail_type="SageMaker Endpoint State Change",
            detail={
                "EndpointName": self.endpoint_name,
                "EndpointArn": self.arn,
                "EndpointConfigName": self.endpoint_config_name,
                "ProductionVariants": self.production_variants,
                "EndpointStatus": _event_status(status),
                "FailureReason": self.failure_reason or "",
                "CreationTime": int(self.creation_time.timestamp() * 1000),
                "LastModifiedTime": int(self.last_modified_time.timestamp() * 1000),
                "Tags": {tag["Key"]: tag["Value"] for tag in self.tags},
            },
            resources=[self.arn, self.config.arn],
            region=self.region,
        )

    def tell_deployment(self, event: str, **detail: Any) -> None:  # noqa: ANN401 - JSON
        """Put a step of a deployment on the event bus."""
        self._context.events(
            source="aws.sagemaker",
            detail_type="SageMaker Endpoint Deployment State Change",
            detail={
                "EndpointName": self.endpoint_name,
                "EndpointArn": self.arn,
                "DeploymentEvent": event,
                "EventTime": iso(self._context.clock.now()),
                **detail,
            },
            resources=[self.arn],
            region=self.region,
        )

    @property
    def production_variants(self) -> list[dict[str, Any]]:
        """Return the live variants as DescribeEndpoint shows them."""
        return [variant.describe() for variant in self.fleet.variants] if self.fleet else []

    @property
    def response_object(self) -> dict[str, Any]:
        """Return DescribeEndpoint's answer."""
        fleet = self.fleet
        return present(
            [
                ("EndpointName", self.endpoint_name),
                ("EndpointArn", self.arn),
                ("EndpointConfigName", self.endpoint_config_name),
                ("ProductionVariants", self.production_variants or None),
                (
                    "ShadowProductionVariants",
                    [v.describe() for v in fleet.shadows] if fleet and fleet.shadows else None,
                ),
                ("AsyncInferenceConfig", self.config.asynchronous or None),
                ("DataCaptureConfig", fleet and fleet.capture and fleet.capture.describe()),
                ("EndpointStatus", self.endpoint_status),
                ("FailureReason", self.failure_reason),
                ("CreationTime", self.creation_time),
                ("LastModifiedTime", self.last_modified_time),
                ("LastDeploymentConfig", self.last_deployment_config),
                ("PendingDeploymentSummary", self.deployment and self.deployment.summary()),
            ]
        )

    def gen_response_object(self) -> dict[str, Any]:
        """Return what moto's Search shows."""
        return self.response_object

    def summary(self) -> dict[str, Any]:
        """Return the row of ListEndpoints."""
        return {
            "EndpointName": self.endpoint_name,
            "EndpointArn": self.arn,
            "CreationTime": self.creation_time,
            "LastModifiedTime": self.last_modified_time,
            "EndpointStatus": self.endpoint_status,
        }

    def stop(self, *, drain: bool = True) -> None:
        """End every container of the endpoint."""
        self.stopped = True
        with self.lock:
            fleets = [] if self.fleet is None else [self.fleet]
            if self.deployment is not None:
                self.deployment.cancel()
                fleets.append(self.deployment.fleet)
            self.fleet = self.successor = self.deployment = None
        for fleet in fleets:
            fleet.stop(drain=drain)

    def now(self) -> datetime:
        """Return the emulator's time."""
        return self._context.clock.now()


def _event_status(status: str) -> str:
    """Return a status as events spell it: ``InService`` becomes ``IN_SERVICE``."""
    return "".join(f"_{c}" if c.isupper() and i else c for i, c in enumerate(status)).upper()
