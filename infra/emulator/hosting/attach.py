"""Attaches hosting to an emulator."""

from __future__ import annotations

from typing import Any

from moto.sagemaker.models import sagemaker_backends

from infra.emulator.context import Context
from infra.emulator.hosting import configs, control, models
from infra.emulator.hosting.invoke import route
from infra.emulator.hosting.metrics import Metrics
from infra.emulator.sagemaker_api import register


def install(context: Context) -> None:
    """Answer models, endpoint configurations, endpoints, and the runtime."""
    for operations in (models.OPERATIONS, configs.OPERATIONS, control.OPERATIONS):
        register(context, operations)
    context.endpoint_metrics = Metrics(context)
    context.routes.insert(0, route(context, context.endpoint_metrics))
    context.on_stop.append(lambda: _stop(context))


def _stop(context: Context) -> None:
    for backend in sagemaker_backends[context.account_id].values():
        endpoints: Any = backend.endpoints
        for endpoint in list(endpoints.values()):
            endpoint.stop(drain=False)
