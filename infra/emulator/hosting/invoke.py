"""InvokeEndpoint, answered before moto: little stands between the caller and the model."""

from __future__ import annotations

import json
import time
from typing import Any, Final

from moto.sagemaker.models import sagemaker_backends
from werkzeug.wrappers import Request, Response

from infra.emulator.context import Context, Route
from infra.emulator.hosting.capture import Asked
from infra.emulator.hosting.connections import Reply
from infra.emulator.hosting.endpoint import Endpoint
from infra.emulator.hosting.errors import InvocationRefusedError, UnreachableError
from infra.emulator.hosting.fleet import Fleet, Variant
from infra.emulator.hosting.invoke_async import take
from infra.emulator.hosting.metrics import Metrics
from infra.emulator.refusal import scope

MAX_BODY_BYTES: Final = 6 * 1024**2
"""SageMaker's limit for a real-time request."""
_PREFIX, _SUFFIX = "/endpoints/", "/invocations"
_QUEUED, _STREAMED = "/async-invocations", "/invocations-response-stream"
_NOT_EMULATED = ("Target-Model", "Target-Container-Hostname", "Inference-Component", "Session-Id")
_CUSTOM = "X-Amzn-SageMaker-Custom-Attributes"


def route(context: Context, metrics: Metrics) -> Route:
    """Return the route that answers the SageMaker runtime."""

    def answer(request: Request) -> Response | None:
        path = request.path
        if not path.startswith(_PREFIX):
            return None
        service, region = scope(request.environ)
        if service != "sagemaker":
            return None
        if path.endswith(_STREAMED):
            raise NotImplementedError("streamed invocations")
        if request.method != "POST" or not path.endswith((_SUFFIX, _QUEUED)):
            return None
        name, _, kind = path[len(_PREFIX) :].rpartition("/")
        try:
            return (
                take(context, region, name, request)
                if kind == _QUEUED[1:]
                else Invocation(context, metrics, region, name, request).answer()
            )
        except InvocationRefusedError as error:
            return _error("ValidationError", 400, {"message": str(error)})
        except UnreachableError as error:
            return _error("InternalFailure", 500, {"message": str(error)})

    return answer


class Invocation:
    """One request to an endpoint."""

    def __init__(
        self, context: Context, metrics: Metrics, region: str, name: str, request: Request
    ) -> None:
        self._context = context
        self._metrics = metrics
        self._region = region
        self._name = name
        self._headers = request.headers
        self._began = time.perf_counter()
        self._body = request.get_data()

    def answer(self) -> Response:
        """Ask the model, its shadow too, capture and count.

        Raises:
            InvocationRefusedError: no such endpoint or variant, or a request SageMaker refuses.
            UnreachableError: the model's container does not answer.
        """
        self._check()
        endpoint = self._endpoint()
        fleet, variant, reply, seconds = self._ask(endpoint)
        asked = Asked(
            self._body,
            self._content_type,
            self._header("Inference-Id"),
            self._headers.get(_CUSTOM),
        )
        sampled = fleet.capture is not None and fleet.capture.wants()
        if fleet.capture is not None and sampled:
            fleet.capture.add(variant.name, asked, reply)
        for shadow in endpoint.shadows(fleet, variant):
            self._context.work.submit(
                f"shadow of {self._name}", self._shadow, fleet, shadow, asked, sampled
            )
        all_in = time.perf_counter() - self._began
        self._count(variant, reply, seconds, all_in)
        if reply.status >= 400:  # noqa: PLR2004 - HTTP's classes of errors
            return self._model_error(variant, reply)
        headers = {"x-Amzn-Invoked-Production-Variant": variant.name}
        if custom := self._headers.get(_CUSTOM):
            headers[_CUSTOM] = custom
        return Response(reply.body, content_type=reply.content_type, headers=headers)

    def _check(self) -> None:
        if len(self._body) > MAX_BODY_BYTES:
            raise InvocationRefusedError(
                f"Body must be at most {MAX_BODY_BYTES} bytes, got {len(self._body)}"
            )
        for name in _NOT_EMULATED:
            if self._header(name) is not None:
                raise InvocationRefusedError(f"X-Amzn-SageMaker-{name} is not emulated")

    def _endpoint(self) -> Endpoint:
        endpoints: dict[str, Any] = sagemaker_backends[self._context.account_id][
            self._region
        ].endpoints
        endpoint: Endpoint | None = endpoints.get(self._name)
        if endpoint is None or endpoint.fleet is None:
            raise InvocationRefusedError(
                f"Endpoint {self._name} of account {self._context.account_id} not found."
            )
        if endpoint.config.asynchronous:
            raise InvocationRefusedError(
                f"Endpoint {self._name} is asynchronous: use InvokeEndpointAsync instead."
            )
        return endpoint

    def _ask(self, endpoint: Endpoint) -> tuple[Fleet, Variant, Reply, float]:
        while True:
            fleet, variant = self._choose(endpoint)
            began = time.perf_counter()
            try:
                reply = self._invoke(variant)
            except UnreachableError:
                # Chosen just before its fleet was replaced: the next choice is another.
                if variant.server.stopped:
                    continue
                self._metrics.add(
                    self._region, self._name, variant, status=500, model=0.0, all_in=0.0
                )
                raise
            return fleet, variant, reply, time.perf_counter() - began

    def _choose(self, endpoint: Endpoint) -> tuple[Fleet, Variant]:
        chosen = endpoint.choose()
        if chosen is None:
            raise InvocationRefusedError(
                f"Endpoint {self._name} has no variant in service with a weight above 0."
            )
        wanted = self._header("Target-Variant")
        if wanted is None:
            return chosen
        for variant in chosen[0].variants:
            if variant.name == wanted:
                return chosen[0], variant
        raise InvocationRefusedError(f"Variant {wanted} not found for Request")

    def _invoke(self, variant: Variant) -> Reply:
        custom = self._headers.get(_CUSTOM)
        return variant.server.invoke(
            self._body,
            self._content_type,
            self._headers.get("Accept", "*/*"),
            f"{_CUSTOM}: {custom}\r\n" if custom else "",
        )

    def _shadow(self, fleet: Fleet, shadow: Variant, asked: Asked, sampled: bool) -> None:  # noqa: FBT001 - a task's argument
        began = time.perf_counter()
        try:
            reply = self._invoke(shadow)
        except UnreachableError as error:
            reply = Reply(500, "text/plain", str(error).encode())
        seconds = time.perf_counter() - began
        self._count(shadow, reply, seconds, seconds)
        if sampled and fleet.capture is not None:
            fleet.capture.add(shadow.name, asked, reply)

    def _count(self, variant: Variant, reply: Reply, seconds: float, all_in: float) -> None:
        self._metrics.add(
            self._region,
            self._name,
            variant,
            status=reply.status,
            model=seconds,
            all_in=all_in,
        )

    def _model_error(self, variant: Variant, reply: Reply) -> Response:
        text = reply.body.decode("utf-8", "replace")
        side = "server" if reply.status >= 500 else "client"  # noqa: PLR2004
        group = f"/aws/sagemaker/Endpoints/{self._name}"
        arn = f"arn:aws:logs:{self._region}:{self._context.account_id}:log-group:{group}"
        message = (
            f'Received {side} error ({reply.status}) from primary with message "{text}". '
            f"See log group {group}, variant {variant.name}."
        )
        body = {
            "Message": message,
            "OriginalStatusCode": reply.status,
            "OriginalMessage": text,
            "LogStreamArn": arn,
        }
        return _error("ModelError", 424, body)

    @property
    def _content_type(self) -> str:
        return self._headers.get("Content-Type") or "application/json"

    def _header(self, name: str) -> str | None:
        return self._headers.get(f"X-Amzn-SageMaker-{name}")


def _error(code: str, status: int, body: dict[str, Any]) -> Response:
    return Response(
        json.dumps(body),
        status=status,
        headers={"x-amzn-ErrorType": code},
        mimetype="application/json",
    )
