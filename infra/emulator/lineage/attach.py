"""Attaches lineage to an emulator."""

from __future__ import annotations

from moto.sagemaker.models import sagemaker_backends

from infra.emulator.context import Context
from infra.emulator.lineage import entities, query
from infra.emulator.lineage.observe import observe
from infra.emulator.sagemaker_api import register


def install(context: Context) -> None:
    """Answer lineage's operations, and record what SageMaker would."""
    register(context, entities.OPERATIONS)
    register(context, query.OPERATIONS)

    def look() -> None:
        for backend in list(sagemaker_backends[context.account_id].values()):
            observe(context, backend)

    context.on_settled.append(look)
