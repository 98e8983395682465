"""Invokes Lambda functions asynchronously on behalf of AWS services.

As Lambda does: the service is told at once whether the invocation was accepted; a function that
then fails is tried again after one and two minutes (of the emulator's clock), and what still fails
goes to its failure destination (a queue), or is only logged where it has none.
"""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta
from typing import Any

from moto.awslambda.models import LambdaFunction, lambda_backends

from infra.emulator.context import Context, LambdaResult
from infra.emulator.messaging.errors import DeliveryError
from infra.emulator.messaging.permissions import allows
from infra.emulator.messaging.queues import send

log = logging.getLogger(__name__)

RETRY_DELAYS = (timedelta(minutes=1), timedelta(minutes=2))


def invoke(
    context: Context, function_arn: str, payload: str, *, service: str, source_arn: str
) -> None:
    """Accept an invocation by ``service`` and run it in the background.

    Raises:
        DeliveryError: there is no such function, or its policy does not let the service.
    """
    function = _find(context, function_arn)
    if not allows(
        {"Statement": function.policy.statements if function.policy else []},
        service=service,
        action="lambda:InvokeFunction",
        resource=function.function_arn,
        source_arn=source_arn,
        account_id=context.account_id,
    ):
        raise DeliveryError(
            "NO_PERMISSIONS",
            f"the policy of {function_arn} does not let {service} invoke it for {source_arn}",
        )
    context.work.submit(f"lambda {function.function_name}", _attempt, context, function, payload, 0)


def _find(context: Context, function_arn: str) -> LambdaFunction:
    parts = function_arn.split(":")
    backend = lambda_backends[context.account_id][parts[3]]
    try:
        return backend.get_function(":".join(parts[6:]) or function_arn)
    except Exception as error:
        raise DeliveryError("NO_RESOURCE", f"function {function_arn} does not exist") from error


def _attempt(context: Context, function: LambdaFunction, payload: str, attempt: int) -> None:
    try:
        result = context.invoke_lambda(function.function_arn, payload.encode())
    except LookupError as error:
        log.warning("%s: %s", function.function_arn, error)
        return
    if result.function_error is None:
        return
    log.warning("%s failed: %s", function.function_arn, result.payload.decode(errors="replace"))
    if attempt < _retries(function):
        _retry(context, function, payload, attempt)
    else:
        _give_up(context, function, payload, result, attempts=attempt + 1)


def _retry(context: Context, function: LambdaFunction, payload: str, attempt: int) -> None:
    def again(_: datetime) -> None:
        _attempt(context, function, payload, attempt + 1)

    context.clock.call_at(
        context.clock.now() + RETRY_DELAYS[attempt],
        again,
        name=f"lambda {function.function_name}, attempt {attempt + 2}",
    )


def _invoke_config(function: LambdaFunction) -> dict[str, Any]:
    configured = function.event_invoke_config
    return dict(configured[-1].response()) if configured else {}


def _retries(function: LambdaFunction) -> int:
    configured = _invoke_config(function).get("MaximumRetryAttempts")
    return len(RETRY_DELAYS) if configured is None else min(int(configured), len(RETRY_DELAYS))


def _give_up(
    context: Context, function: LambdaFunction, payload: str, result: LambdaResult, *, attempts: int
) -> None:
    destination = (
        _invoke_config(function)
        .get("DestinationConfig", {})
        .get("OnFailure", {})
        .get("Destination", "")
    )
    if ":sqs:" not in destination:
        log.error("%s failed %s times, event dropped", function.function_arn, attempts)
        return
    body = {
        "version": "1.0",
        "requestContext": {
            "functionArn": function.function_arn,
            "condition": "RetriesExhausted",
            "approximateInvokeCount": attempts,
        },
        "requestPayload": json.loads(payload),
        "responsePayload": result.payload.decode(errors="replace"),
    }
    try:
        send(
            context,
            destination,
            json.dumps(body),
            service="lambda.amazonaws.com",
            source_arn=function.function_arn,
            trusted=True,  # sent with the role of the function
        )
    except DeliveryError:
        log.exception("%s: failure destination %s", function.function_arn, destination)
