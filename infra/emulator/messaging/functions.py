"""Invokes Lambda functions asynchronously on behalf of AWS services."""

from __future__ import annotations

from moto.awslambda.models import LambdaFunction, lambda_backends

from infra.emulator.context import Context
from infra.emulator.messaging.errors import DeliveryError
from infra.emulator.messaging.permissions import check_allowed


def invoke(
    context: Context, function_arn: str, payload: str, *, service: str, source_arn: str
) -> None:
    """Have an invocation by ``service`` accepted; a function that fails is Lambda's to retry.

    Raises:
        DeliveryError: there is no such function, or its policy does not let the service.
    """
    function = _find(context, function_arn)
    check_allowed(
        {"Statement": function.policy.statements if function.policy else []},
        context,
        service=service,
        action="lambda:InvokeFunction",
        resource=function.function_arn,
        source_arn=source_arn,
    )
    function.invoke(payload, {}, {})


def _find(context: Context, function_arn: str) -> LambdaFunction:
    parts = function_arn.split(":")
    backend = lambda_backends[context.account_id][parts[3]]
    qualifier = parts[7] if len(parts) > 7 else None  # noqa: PLR2004 - ARN, then a qualifier
    try:
        return backend.get_function(parts[6], qualifier)
    except Exception as error:
        raise DeliveryError("NO_RESOURCE", f"function {function_arn} does not exist") from error
