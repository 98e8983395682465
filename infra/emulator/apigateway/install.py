"""Attaches API Gateway's invocations to an emulator."""

from __future__ import annotations

from typing import Any

from moto.apigateway.models import Deployment, RestAPI

from infra.emulator.apigateway import kept
from infra.emulator.apigateway.deployed import methods_of
from infra.emulator.apigateway.gateway import Gateway
from infra.emulator.context import Context
from infra.emulator.patches import replace


def install(context: Context) -> None:
    """Answer calls to deployed APIs; a deployment keeps serving what it was made of."""
    context.routes.append(Gateway(context))
    kept.install(context)
    deploy = RestAPI.create_deployment

    def create_deployment(api: RestAPI, *arguments: Any, **named: Any) -> Deployment:  # noqa: ANN401
        deployment = deploy(api, *arguments, **named)
        deployment.methods = methods_of(api)  # type: ignore[attr-defined] # read by Gateway
        return deployment

    replace(context, RestAPI, "create_deployment", create_deployment)
