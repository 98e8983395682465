"""The event that API Gateway hands to a Lambda proxy integration, and what it takes back."""

from __future__ import annotations

import base64
import fnmatch
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from werkzeug.wrappers import Request, Response

from infra.emulator.apigateway.caller import Caller
from infra.emulator.apigateway.deployed import Matched


class MalformedError(ValueError):
    """A function's answer that is no proxy response."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """The stage of the API that was called."""

    api_id: str
    name: str
    account_id: str
    region: str
    variables: dict[str, str]
    binary_media_types: Sequence[str]


def proxy_event(  # noqa: PLR0913 - what the event is made of
    request: Request,
    stage: Stage,
    path: str,
    matched: Matched,
    caller: Caller | None,
    *,
    request_id: str,
) -> dict[str, Any]:
    """Return the event, in payload format 1.0."""
    method = matched.method
    many = {name: request.headers.getlist(name) for name, _ in request.headers.items()}
    query = {name: request.args.getlist(name) for name in request.args}
    body, encoded = _body(request, stage.binary_media_types)
    return {
        "resource": method.resource_path,
        "path": path,
        "httpMethod": request.method,
        "headers": {name: values[-1] for name, values in many.items()},
        "multiValueHeaders": many,
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": matched.parameters or None,
        "stageVariables": stage.variables or None,
        "requestContext": {
            "accountId": stage.account_id,
            "apiId": stage.api_id,
            "domainName": request.host,
            "domainPrefix": stage.api_id,
            "extendedRequestId": uuid.uuid4().hex[:16],
            "httpMethod": request.method,
            "identity": _identity(request, stage, caller),
            "path": f"/{stage.name}{path}",
            "protocol": request.environ.get("SERVER_PROTOCOL", "HTTP/1.1"),
            "requestId": request_id,
            "requestTime": datetime.now(UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "requestTimeEpoch": int(datetime.now(UTC).timestamp() * 1000),
            "resourceId": method.resource_id,
            "resourcePath": method.resource_path,
            "stage": stage.name,
        },
        "body": body,
        "isBase64Encoded": encoded,
    }


def proxy_response(payload: bytes) -> Response:
    """Return the response that a function's answer describes.

    Raises:
        MalformedError: ``statusCode``, ``headers`` or ``body`` are not what API Gateway takes.
    """
    answer = json.loads(payload)
    if not isinstance(answer, dict):
        raise MalformedError("answer must be an object with statusCode, headers and body")
    known = {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}
    if unknown := answer.keys() - known:
        raise MalformedError(f"answer may hold {sorted(known)}, got {sorted(unknown)}")
    body = answer.get("body")
    if body is not None and not isinstance(body, str):
        raise MalformedError(f"body must be a string, got {type(body).__name__}")
    data = (body or "").encode()
    if answer.get("isBase64Encoded"):
        data = base64.b64decode(data)
    response = Response(data, _status(answer))
    response.headers["Content-Type"] = "application/json"
    for name, value in _headers(answer):
        response.headers[name] = value
    for name, values in (answer.get("multiValueHeaders") or {}).items():
        response.headers.setlist(name, [str(value) for value in values])
    return response


def _body(request: Request, binary_media_types: Sequence[str]) -> tuple[str | None, bool]:
    data = request.get_data()
    if not data:
        return None, False
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip()
    patterns = [pattern.replace("~1", "/") for pattern in binary_media_types]
    if any(fnmatch.fnmatchcase(kind, pattern) for pattern in patterns):
        return base64.b64encode(data).decode(), True
    return data.decode("utf-8", "replace"), False


def _identity(request: Request, stage: Stage, caller: Caller | None) -> dict[str, str | None]:
    return {
        "accessKey": caller.access_key_id if caller else None,
        "accountId": stage.account_id if caller else None,
        "caller": caller.access_key_id if caller else None,
        "sourceIp": request.remote_addr,
        "user": caller.access_key_id if caller else None,
        "userAgent": request.headers.get("User-Agent"),
        "userArn": caller.arn if caller else None,
    }


def _status(answer: dict[str, Any]) -> int:
    status = answer.get("statusCode", 200)
    if isinstance(status, bool) or not str(status).isdigit() or not 100 <= int(status) <= 599:  # noqa: PLR2004
        raise MalformedError(f"statusCode must be 100-599, got {status!r}")
    return int(status)


def _headers(answer: dict[str, Any]) -> list[tuple[str, str]]:
    headers = answer.get("headers") or {}
    if not isinstance(headers, dict) or any(isinstance(v, (dict, list)) for v in headers.values()):
        raise MalformedError("headers must be an object of strings")
    return [(name, str(value)) for name, value in headers.items()]
