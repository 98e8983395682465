"""Answers the calls to a deployed REST API.

Reached at ``{endpoint}/_aws/execute-api/{api}/{stage}/{path}``, and with the host name that AWS
gives the API, ``{api}.execute-api.{region}...``, at ``/{stage}/{path}``.
"""

from __future__ import annotations

import json
import logging
import re
from concurrent.futures import Future
from typing import Any

from moto.apigateway.models import apigateway_backends
from werkzeug.wrappers import Request, Response

from infra.emulator.apigateway.access_log import Record
from infra.emulator.apigateway.caller import Caller, ForbiddenError, authenticate, authorize
from infra.emulator.apigateway.deployed import Method, match
from infra.emulator.apigateway.event import MalformedError, Stage, proxy_event, proxy_response
from infra.emulator.context import Context, LambdaResult
from infra.emulator.lambdas.invocation import find
from infra.emulator.messaging.permissions import allows

log = logging.getLogger(__name__)

BODY_BYTES = 10 * 1024 * 1024
EVENT_BYTES = 6_291_456
"""API Gateway's limit on a request, and Lambda's on the event that is made of it."""

_PATH = re.compile(r"/_aws/execute-api/(?P<api>[^/]+)/(?P<stage>[^/]+)(?P<path>/.*)?")
_HOST = re.compile(r"(?P<api>[a-z0-9]+)\.execute-api\.(?P<region>[a-z0-9-]+)\..*", re.IGNORECASE)
_HOST_PATH = re.compile(r"/(?P<stage>[^/]+)(?P<path>/.*)?")
_FUNCTION = re.compile(
    r"arn:[^:]+:apigateway:[^:]+:lambda:path/[^/]+/functions/(?P<arn>.+)/invocations"
)


class Gateway:
    """A route for ``context.routes``."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def __call__(self, request: Request) -> Response | None:
        """Answer, or leave a request that calls no API alone."""
        raw = request.environ.get("REQUEST_URI", request.path).partition("?")[0]
        if found := _PATH.fullmatch(raw):
            api_id, stage, path = found["api"], found["stage"], found["path"]
        elif (host := _HOST.fullmatch(request.host)) and (found := _HOST_PATH.fullmatch(raw)):
            api_id, stage, path = host["api"].lower(), found["stage"], found["path"]
        else:
            return None
        record = Record()
        record.begin(request)
        record.values |= {"apiId": api_id, "stage": stage, "path": f"/{stage}{path or '/'}"}
        try:
            response = self._answer(request, api_id, stage, path or "/", record)
        except ForbiddenError as error:
            kind, message = error.args
            record.values["error.message"] = message
            key = "Message" if kind == "AccessDeniedException" else "message"
            response = _message(403, message, kind, key=key)
        record.write(response, self._context.account_id)
        return response

    def _answer(
        self, request: Request, api_id: str, stage_name: str, path: str, record: Record
    ) -> Response:
        api = self._find_api(api_id)
        stage = api.stages.get(stage_name) if api else None
        deployment = api.deployments.get(stage.deployment_id) if stage else None
        if stage is None or deployment is None:
            raise ForbiddenError("ForbiddenException", "Forbidden")
        record.settings = stage.access_log_settings
        matched = match(deployment.methods, request.method, path)
        if matched is None:
            raise ForbiddenError(
                "MissingAuthenticationTokenException", "Missing Authentication Token"
            )
        record.note_method(matched.method)
        caller = self._check(request, api, stage_name, path, matched.method)
        record.note_caller(caller)
        if len(request.get_data()) > BODY_BYTES:
            return _message(413, "Request Too Long", "RequestTooLargeException")
        described = Stage(
            api_id=api.id,
            name=stage_name,
            account_id=self._context.account_id,
            region=api.region_name,
            variables=stage.variables,
            binary_media_types=api.binaryMediaTypes,
        )
        event = proxy_event(request, described, path, matched, caller, request_id=record.request_id)
        return self._integrate(described, matched.method, event, record)

    def _find_api(self, api_id: str) -> Any:  # noqa: ANN401 - moto's
        for backend in apigateway_backends[self._context.account_id].values():
            if api_id in backend.apis:
                return backend.apis[api_id]
        return None

    def _check(
        self,
        request: Request,
        api: Any,  # noqa: ANN401 - moto's
        stage: str,
        path: str,
        method: Method,
    ) -> Caller | None:
        if method.api_key_required:
            raise NotImplementedError("API keys are not checked")
        if method.authorization == "NONE":
            return None
        if method.authorization != "AWS_IAM":
            raise NotImplementedError(f"authorization {method.authorization} is not checked")
        caller = authenticate(request, self._context.account_id, api.region_name)
        resource = _arn(api.region_name, self._context.account_id, api.id)
        authorize(caller, f"{resource}/{stage}/{request.method}{path}", api.policy)
        return caller

    def _integrate(
        self, stage: Stage, method: Method, proxied: dict[str, Any], record: Record
    ) -> Response:
        target = _FUNCTION.fullmatch(method.integration_uri)
        if method.integration_type != "AWS_PROXY" or target is None:
            raise NotImplementedError(
                f"integrations are AWS_PROXY to Lambda, got {method.integration_type!r} "
                f"to {method.integration_uri!r}"
            )
        event = json.dumps(proxied).encode()
        if len(event) > EVENT_BYTES:
            return _message(413, "Request Too Long", "RequestTooLargeException")
        if not self._permitted(target["arn"], stage, method):
            return _message(500, "Internal server error", "InternalServerErrorException")
        try:
            result = self._invoke(target["arn"], event, method.timeout_seconds)
            if result.function_error is None:
                return proxy_response(result.payload)
            problem = result.payload.decode(errors="replace")
        except TimeoutError:
            record.values["integrationErrorMessage"] = "Endpoint request timed out"
            return _message(504, "Endpoint request timed out", "InternalServerErrorException")
        except MalformedError as error:
            problem = f"malformed lambda proxy response: {error}"
        record.values["integrationErrorMessage"] = problem
        log.warning("%s: %s", target["arn"], problem)
        return _message(502, "Internal server error", "InternalServerErrorException")

    def _permitted(self, function_arn: str, stage: Stage, method: Method) -> bool:
        """Tell whether the function's policy, or the integration's role, lets the API invoke it."""
        if method.integration_credentials:
            return True
        try:
            function = find(self._context, function_arn, function_arn.split(":")[3])
        except LookupError:
            log.warning("%s: there is no such function", function_arn)
            return False
        source = _arn(stage.region, stage.account_id, stage.api_id)
        permitted = allows(
            {"Statement": function.policy.statements},
            service="apigateway.amazonaws.com",
            action="lambda:InvokeFunction",
            resource=function_arn,
            source_arn=f"{source}/{stage.name}/{method.http_method}{method.resource_path}",
            account_id=stage.account_id,
        )
        if not permitted:
            log.warning("the policy of %s does not let API %s invoke it", function_arn, source)
        return permitted

    def _invoke(self, function_arn: str, event: bytes, timeout_seconds: float) -> LambdaResult:
        future: Future[LambdaResult] = Future()

        def run() -> None:
            try:
                future.set_result(self._context.invoke_lambda(function_arn, event))
            except BaseException as error:  # noqa: BLE001 - handed to the waiting thread
                future.set_exception(error)

        self._context.work.submit(f"api call of {function_arn.rpartition(':')[2]}", run)
        return future.result(timeout_seconds)


def _arn(region: str, account_id: str, api_id: str) -> str:
    return f"arn:aws:execute-api:{region}:{account_id}:{api_id}"


def _message(status: int, message: str, kind: str, *, key: str = "message") -> Response:
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": kind}
    return Response(json.dumps({key: message}), status, headers)
