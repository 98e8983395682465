"""InvokeEndpointAsync: a request is taken into the endpoint's queue."""

from __future__ import annotations

import json
import uuid
from typing import Any, Final

from moto.sagemaker.models import sagemaker_backends
from werkzeug.wrappers import Request, Response

from infra.emulator.context import Context
from infra.emulator.hosting.asynchronous import (
    DEFAULT_TIMEOUT_SECONDS,
    DEFAULT_TTL_SECONDS,
    Queued,
)
from infra.emulator.hosting.endpoint import Endpoint
from infra.emulator.hosting.errors import InvocationRefusedError

TTL_SECONDS: Final = (60, 21_600)
TIMEOUT_SECONDS: Final = (1, 3600)
_HEADER: Final = "X-Amzn-SageMaker-"
_NOT_EMULATED: Final = ("S3OutputPathExtension", "Filename")


def take(context: Context, region: str, name: str, request: Request) -> Response:
    """Queue a request and say where its answer will lie.

    Raises:
        InvocationRefusedError: the endpoint is not asynchronous, or SageMaker refuses the request.
    """
    endpoints: dict[str, Any] = sagemaker_backends[context.account_id][region].endpoints
    endpoint: Endpoint | None = endpoints.get(name)
    if endpoint is None or endpoint.fleet is None:
        raise InvocationRefusedError(f"Endpoint {name} of account {context.account_id} not found.")
    if not endpoint.config.asynchronous:
        raise InvocationRefusedError(
            f"Endpoint {name} has no AsyncInferenceConfig: use InvokeEndpoint instead."
        )
    headers = request.headers
    for one in _NOT_EMULATED:
        if headers.get(_HEADER + one) is not None:
            raise InvocationRefusedError(f"{one} is not emulated")
    if request.get_data():
        raise InvocationRefusedError("a payload in Body is not emulated: give InputLocation")
    location = headers.get(f"{_HEADER}InputLocation", "")
    if not location.startswith("s3://"):
        raise InvocationRefusedError(f"InputLocation must start with s3://, got {location!r}")
    output = endpoint.config.asynchronous["OutputConfig"]
    inference_id = headers.get(f"{_HEADER}Inference-Id") or str(uuid.uuid4())
    output_id = uuid.uuid4()
    failures = output.get("S3FailurePath")
    queued = Queued(
        inference_id=inference_id,
        input_uri=location,
        content_type=headers.get(f"{_HEADER}Content-Type") or "application/json",
        accept=headers.get(f"{_HEADER}Accept") or "*/*",
        custom_attributes=headers.get(f"{_HEADER}Custom-Attributes"),
        output_uri=f"{output['S3OutputPath'].rstrip('/')}/{output_id}.out",
        failure_uri=f"{failures.rstrip('/')}/{output_id}-error.out" if failures else None,
        asked_at=context.clock.now(),
        ttl_seconds=_seconds(
            request, "RequestTTLSeconds", default=DEFAULT_TTL_SECONDS, within=TTL_SECONDS
        ),
        timeout_seconds=_seconds(
            request,
            "InvocationTimeoutSeconds",
            default=DEFAULT_TIMEOUT_SECONDS,
            within=TIMEOUT_SECONDS,
        ),
    )
    endpoint.queue.put(queued)
    told = {f"{_HEADER}OutputLocation": queued.output_uri}
    if queued.failure_uri:
        told[f"{_HEADER}FailureLocation"] = queued.failure_uri
    body = json.dumps({"InferenceId": inference_id})
    return Response(body, status=202, headers=told, mimetype="application/json")


def _seconds(request: Request, name: str, *, default: int, within: tuple[int, int]) -> int:
    text = request.headers.get(_HEADER + name)
    if text is None:
        return default
    low, high = within
    if not text.isdecimal() or not low <= int(text) <= high:
        raise InvocationRefusedError(f"{name} must be {low}-{high}, got {text}")
    return int(text)
