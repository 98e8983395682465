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

KEPT = ("DeadLetterConfig", "LoggingConfig")


def install(context: Context) -> None:
    """Run functions, whoever invokes them: the API, moto's own services, or our parts."""
    pools = Pools(context)
    context.on_stop.append(pools.stop)
    lambdas = Lambdas(context, pools)
    context.invoke_lambda = lambdas
    context.routes.append(Api(lambdas))
    _run_for_moto(context, lambdas)
    _keep_settings(context)


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


def _keep_settings(context: Context) -> None:
    """Moto drops these settings; keep them as ``kept_settings`` and read them back."""
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
        function.kept_settings = _kept(spec)
        function.logs_group_name = _log_group(function)

    def update(function: Any, config_updates: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401
        function.kept_settings = {**function.kept_settings, **_kept(config_updates)}
        function.logs_group_name = _log_group(function)
        return updated(function, config_updates)

    def describe(function: Any, *rest: Any, **named: Any) -> dict[str, Any]:  # noqa: ANN401
        return {**read(function, *rest, **named), **function.kept_settings}

    replace(context, LambdaFunction, "__init__", make)
    replace(context, LambdaFunction, "update_configuration", update)
    replace(context, LambdaFunction, "get_configuration", describe)


def _kept(given: dict[str, Any]) -> dict[str, Any]:
    return {name: given[name] for name in KEPT if given.get(name)}


def _log_group(function: Any) -> str:  # noqa: ANN401 - moto's
    logging = function.kept_settings.get("LoggingConfig", {})
    return str(logging.get("LogGroup") or f"/aws/lambda/{function.function_name}")
