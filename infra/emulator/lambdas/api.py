"""The ``Invoke`` call of Lambda's API."""

from __future__ import annotations

import base64
import json
import re
import uuid
from urllib.parse import unquote

from werkzeug.wrappers import Request, Response

from infra.emulator.context import LambdaResult
from infra.emulator.lambdas.asynchronous import accept
from infra.emulator.lambdas.invocation import Lambdas, find
from infra.emulator.refusal import scope

SYNCHRONOUS_BYTES = 6_291_456
ASYNCHRONOUS_BYTES = 1_048_576
"""AWS's limits on the payload: 6 MiB, and 1 MiB for events."""

_PATH = re.compile(r"/2015-03-31/functions/(?P<name>[^/]+)/invocations/?")


class RefusedError(Exception):
    """An invocation that Lambda refuses: status, code and message."""


class Api:
    """Answers ``Invoke``."""

    def __init__(self, lambdas: Lambdas) -> None:
        self._lambdas = lambdas

    def __call__(self, request: Request) -> Response | None:
        """Answer, or leave another call alone."""
        found = _PATH.fullmatch(request.path)
        if found is None or request.method != "POST":
            return None
        try:
            return self._invoke(request, unquote(found["name"]))
        except RefusedError as refusal:
            status, code, message = refusal.args
            return Response(
                json.dumps({"Type": "User", "Message": message, "message": message}),
                status,
                {"Content-Type": "application/json", "x-amzn-errortype": code},
            )

    def _invoke(self, request: Request, name: str) -> Response:
        _, region = scope(request.environ)
        qualifier = request.args.get("Qualifier")
        try:
            function = find(self._lambdas.context, name, region or "us-east-1", qualifier)
        except LookupError as error:
            raise RefusedError(404, "ResourceNotFoundException", str(error)) from error
        kind = request.headers.get("X-Amz-Invocation-Type", "RequestResponse")
        payload = _payload(request, asynchronous=kind == "Event")
        if function.reserved_concurrency is not None and int(function.reserved_concurrency) == 0:
            raise RefusedError(429, "TooManyRequestsException", "Rate Exceeded.")
        if kind == "DryRun":
            return Response(b"", 204)
        if kind == "Event":
            request_id = accept(self._lambdas, function, payload)
            return Response(b"", 202, {"x-amzn-RequestId": request_id})
        result = self._lambdas.invoke(function, payload)
        tail = request.headers.get("X-Amz-Log-Type") == "Tail"
        return _answer(result, str(function.version), tail=tail)


def _payload(request: Request, *, asynchronous: bool) -> bytes:
    payload = request.get_data()
    limit = ASYNCHRONOUS_BYTES if asynchronous else SYNCHRONOUS_BYTES
    if len(payload) > limit:
        operation = "InvokeAsync" if asynchronous else "InvokeFunction"
        message = f"Request must be smaller than {limit} bytes for the {operation} operation"
        raise RefusedError(413, "RequestTooLargeException", message)
    try:
        json.loads(payload or b"{}")
    except ValueError as error:
        message = f"Could not parse request body into json: {error}"
        raise RefusedError(400, "InvalidRequestContentException", message) from error
    return payload or b"{}"


def _answer(result: LambdaResult, version: str, *, tail: bool) -> Response:
    headers = {
        "Content-Type": "application/json",
        "X-Amz-Executed-Version": version,
        "x-amzn-RequestId": str(uuid.uuid4()),
    }
    if result.function_error:
        headers["X-Amz-Function-Error"] = result.function_error
    if tail:
        headers["X-Amz-Log-Result"] = base64.b64encode(result.log_tail.encode()).decode()
    return Response(result.payload, 200, headers)
