"""Attaches Lambda to an emulator."""

from __future__ import annotations

from typing import Any

from moto.awslambda.models import LambdaBackend, LambdaFunction

from infra.emulator.context import Context
from infra.emulator.lambdas.api import Api
from infra.emulator.lambdas.asynchronous import accept
from infra.emulator.lambdas.invocation import Lambdas
from infra.emulator.lambdas.pools import Pools
from infra.emulator.patches import replace


def install(context: Context) -> None:
    """Run functions, whoever invokes them: the API, moto's own services, or our parts."""
    pools = Pools(context)
    context.on_stop.append(pools.stop)
    lambdas = Lambdas(context, pools)
    context.invoke_lambda = lambdas
    context.routes.append(Api(lambdas))
    _run_for_moto(context, lambdas)
    _keep_dead_letters(context)


def _run_for_moto(context: Context, lambdas: Lambdas) -> None:
    """Moto's SQS mappings wait for the answer; its SNS, S3, logs and streams do not."""

    def invoke_and_wait(  # noqa: PLR0913, PLR0917 - moto's signature
        backend: Any,  # noqa: ANN401 - moto's
        function_name: str,
        qualifier: str | None,
        body: str,
        headers: Any,  # noqa: ANN401 - moto's
        response_headers: dict[str, str],
    ) -> bytes:
        del headers
        function = backend.get_function(function_name, qualifier)
        result = lambdas.invoke(function, (body or "{}").encode())
        if result.function_error:
            response_headers["x-amz-function-error"] = result.function_error
        return result.payload

    def invoke_later(
        function: Any,  # noqa: ANN401 - moto's
        body: str,
        headers: Any,  # noqa: ANN401 - moto's
        response_headers: dict[str, str],
    ) -> bytes:
        del headers, response_headers
        accept(lambdas, function, (body or "{}").encode())
        return b""

    replace(context, LambdaBackend, "invoke", invoke_and_wait)
    replace(context, LambdaFunction, "invoke", invoke_later)


def _keep_dead_letters(context: Context) -> None:
    """Moto drops ``DeadLetterConfig``; keep it and read it back."""
    made, updated, read = (
        LambdaFunction.__init__,
        LambdaFunction.update_configuration,
        LambdaFunction.get_configuration,
    )

    def make(
        function: Any,  # noqa: ANN401 - moto's
        account_id: str,
        spec: dict[str, Any],
        region: str,
        version: str | int = 1,
    ) -> None:
        made(function, account_id, spec, region, version)
        function.dead_letter_config = spec.get("DeadLetterConfig")

    def update(function: Any, config_updates: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401
        if "DeadLetterConfig" in config_updates:
            function.dead_letter_config = config_updates["DeadLetterConfig"]
        return updated(function, config_updates)

    def describe(function: Any, *rest: Any, **named: Any) -> dict[str, Any]:  # noqa: ANN401
        configuration = read(function, *rest, **named)
        if getattr(function, "dead_letter_config", None):
            configuration["DeadLetterConfig"] = function.dead_letter_config
        return configuration

    replace(context, LambdaFunction, "__init__", make)
    replace(context, LambdaFunction, "update_configuration", update)
    replace(context, LambdaFunction, "get_configuration", describe)
