"""Attaches API Gateway's invocations to an emulator."""

from __future__ import annotations

import threading
from typing import Any

from werkzeug.wrappers import Request, Response

from infra.emulator.context import Context, Route
from infra.emulator.patches import replace


def install(context: Context) -> None:
    """Answer calls to deployed APIs; a deployment keeps serving what it was made of."""
    context.routes.append(_Late(context))


class _Late:
    """Attaches at the first request of an API: importing moto's API Gateway takes 0.4 s."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._gateway: Route | None = None
        self._attaching = threading.Lock()

    def __call__(self, request: Request) -> Response | None:
        concerns = request.path.startswith(("/restapis", "/_aws/execute-api/"))
        if not concerns and ".execute-api." not in request.host:
            return None
        with self._attaching:
            if self._gateway is None:
                self._gateway = _attach(self._context)
        return self._gateway(request)


def _attach(context: Context) -> Route:
    from moto.apigateway.models import Deployment, RestAPI  # noqa: PLC0415 - see _Late

    from infra.emulator.apigateway import kept  # noqa: PLC0415
    from infra.emulator.apigateway.deployed import methods_of  # noqa: PLC0415
    from infra.emulator.apigateway.gateway import Gateway  # noqa: PLC0415

    deploy = RestAPI.create_deployment

    def create_deployment(api: RestAPI, *arguments: Any, **named: Any) -> Deployment:  # noqa: ANN401
        deployment = deploy(api, *arguments, **named)
        deployment.methods = methods_of(api)  # type: ignore[attr-defined] # read by Gateway
        return deployment

    replace(context, RestAPI, "create_deployment", create_deployment)
    kept.install(context)
    return Gateway(context)
