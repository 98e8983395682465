"""The queue of an asynchronous endpoint: requests from S3, answers and failures to S3."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from infra.emulator.clock import Timer
from infra.emulator.context import Context
from infra.emulator.hosting.connections import Reply
from infra.emulator.hosting.errors import UnreachableError
from infra.emulator.hosting.model_data import split
from infra.emulator.messaging import topics
from infra.emulator.messaging.errors import DeliveryError

if TYPE_CHECKING:
    from infra.emulator.hosting.endpoint import Endpoint
    from infra.emulator.hosting.fleet import Variant
    from infra.emulator.hosting.metrics import Metrics

log = logging.getLogger(__name__)

DEFAULT_TTL_SECONDS: Final = 21_600
DEFAULT_TIMEOUT_SECONDS: Final = 900
TELL_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Queued:
    """One request that waits."""

    inference_id: str
    input_uri: str
    content_type: str
    accept: str
    custom_attributes: str | None
    output_uri: str
    failure_uri: str | None
    asked_at: datetime
    ttl_seconds: int
    timeout_seconds: int


class Queue:
    """What waits at one endpoint; outlives its deployments."""

    def __init__(self, context: Context, endpoint: Endpoint, metrics: Metrics) -> None:
        self._context = context
        self._endpoint = endpoint
        self._metrics = metrics
        self._waiting: deque[Queued] = deque()
        self._lock = threading.Lock()
        self._draining = False
        self._timer: Timer | None = None

    def put(self, request: Queued) -> None:
        """Let a request wait, and have it answered where there is capacity."""
        with self._lock:
            self._waiting.append(request)
        self.tell()
        self.wake()

    def wake(self) -> None:
        """Answer what waits, in the background, as long as there are instances."""
        with self._lock:
            if self._draining or not self._waiting or not self._instances():
                return
            self._draining = True
        name = f"asynchronous invocations of {self._endpoint.endpoint_name}"
        self._context.work.submit(name, self._drain)

    def look(self) -> None:
        """Tell what waits and answer it, after the number of instances changed."""
        self.tell()
        self.wake()

    def tell(self, _: datetime | None = None) -> None:
        """Tell CloudWatch how much waits, and again every minute while that may scale something."""
        with self._lock:
            waiting = len(self._waiting)
            oldest = self._waiting[0].asked_at if self._waiting else None
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        if self._endpoint.stopped:
            return
        now, instances = self._context.clock.now(), self._instances()
        values = {
            "ApproximateBacklogSize": float(waiting),
            "HasBacklogWithoutCapacity": float(waiting > 0 and not instances),
            "ApproximateAgeOfOldestRequest": (now - oldest).total_seconds() if oldest else 0.0,
        }
        if instances:
            values["ApproximateBacklogSizePerInstance"] = waiting / instances
        self._metrics.tell(self._endpoint.region, self._endpoint.endpoint_name, values)
        if waiting or self._may_scale_in(instances):
            self._timer = self._context.clock.call_at(
                now.replace(second=0, microsecond=0) + TELL_EVERY,
                self.tell,
                name=f"backlog of {self._endpoint.endpoint_name}",
            )

    def _may_scale_in(self, instances: int) -> bool:
        target = self._context.scaling.target(
            self._endpoint.region, self._endpoint.endpoint_name, self._variant().name
        )
        return target is not None and instances > (target.min_capacity or 0)

    def _variant(self) -> Variant:
        assert self._endpoint.fleet is not None  # noqa: S101 - requests are taken in service only
        return self._endpoint.fleet.variants[0]

    def _instances(self) -> int:
        fleet = self._endpoint.fleet
        return (fleet.variants[0].instances or 0) if fleet else 0

    def _drain(self) -> None:
        while True:
            with self._lock:
                if not self._waiting or not self._instances() or self._endpoint.stopped:
                    self._draining = False
                    break
                request = self._waiting.popleft()
            try:
                self._work_on(request)
            except Exception:
                log.exception("asynchronous invocation %s", request.inference_id)
        self.tell()

    def _work_on(self, request: Queued) -> None:
        variant = self._variant()
        served = variant.server.served
        s3 = self._context.client("s3", served.region, role_arn=served.role_arn)
        waited = (self._context.clock.now() - request.asked_at).total_seconds()
        if waited > request.ttl_seconds:
            self._fail(s3, request, f"Request expired after {request.ttl_seconds} s in the queue.")
            return
        bucket, key = split(request.input_uri)
        try:
            body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except (BotoCoreError, ClientError) as error:
            self._fail(s3, request, f"Unable to access input {request.input_uri}: {error}")
            return
        began = time.perf_counter()
        reply = self._ask(variant, request, body)
        seconds = time.perf_counter() - began
        self._metrics.add(
            self._endpoint.region,
            self._endpoint.endpoint_name,
            variant,
            status=reply.status,
            model=seconds,
            all_in=seconds,
        )
        if reply.status >= 400:  # noqa: PLR2004 - HTTP's classes of errors
            text = reply.body.decode("utf-8", "replace")
            words = f'Received error ({reply.status}) from primary with message "{text}".'
            self._fail(s3, request, words)
            return
        bucket, key = split(request.output_uri)
        try:
            s3.put_object(Bucket=bucket, Key=key, Body=reply.body, **self._encryption())
        except (BotoCoreError, ClientError) as error:
            self._fail(s3, request, f"Unable to write output {request.output_uri}: {error}")
            return
        self._announce(
            "SuccessTopic",
            request,
            "Completed",
            {
                "responseParameters": {
                    "contentType": reply.content_type,
                    "outputLocation": request.output_uri,
                }
            },
        )

    def _ask(self, variant: Variant, request: Queued, body: bytes) -> Reply:
        custom = request.custom_attributes
        name = "X-Amzn-SageMaker-Custom-Attributes"
        try:
            return variant.server.invoke(
                body,
                request.content_type,
                request.accept,
                f"{name}: {custom}\r\n" if custom else "",
                seconds=request.timeout_seconds,
            )
        except UnreachableError as error:
            return Reply(500, "text/plain", str(error).encode())

    def _fail(self, s3: Any, request: Queued, reason: str) -> None:  # noqa: ANN401 - boto3's
        if request.failure_uri is not None:
            bucket, key = split(request.failure_uri)
            try:
                s3.put_object(Bucket=bucket, Key=key, Body=reason.encode(), **self._encryption())
            except (BotoCoreError, ClientError) as error:
                log.warning("failure of %s: %s", request.inference_id, error)
        self._announce("ErrorTopic", request, "Failed", {"failureReason": reason})

    def _announce(self, topic: str, request: Queued, status: str, more: Mapping[str, Any]) -> None:
        output = self._endpoint.config.asynchronous["OutputConfig"]
        arn = (output.get("NotificationConfig") or {}).get(topic)
        if not arn:
            return
        message = {
            "awsRegion": self._endpoint.region,
            "eventTime": self._context.clock.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "receivedTime": request.asked_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "invocationStatus": status,
            "requestParameters": {
                "endpointName": self._endpoint.endpoint_name,
                "inputLocation": request.input_uri,
            },
            **more,
            "inferenceId": request.inference_id,
            "eventVersion": "1.0",
            "eventSource": "aws:sagemaker",
            "eventName": "InferenceResult",
        }
        try:
            topics.publish(
                self._context,
                arn,
                json.dumps(message),
                service="sagemaker.amazonaws.com",
                source_arn=self._endpoint.arn,
                trusted=True,  # SageMaker publishes with the model's role
            )
        except DeliveryError as error:
            log.warning("asynchronous invocation %s: %s", request.inference_id, error)

    def _encryption(self) -> dict[str, str]:
        key = self._endpoint.config.asynchronous["OutputConfig"].get("KmsKeyId")
        return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
