"""Attaches Feature Store to an emulator."""

from __future__ import annotations

from typing import Any

from moto.sagemaker.models import sagemaker_backends

from infra.emulator.context import Context
from infra.emulator.feature_store.control import OPERATIONS
from infra.emulator.feature_store.runtime import route
from infra.emulator.pipelines.hooks import on_step_finished
from infra.emulator.sagemaker_api import register


def install(context: Context) -> None:
    """Answer Feature Store's control plane and runtime."""
    register(context, OPERATIONS)
    context.routes.insert(0, route(context))

    def flush(*_: object) -> None:
        for backend in list(sagemaker_backends[context.account_id].values()):
            groups: Any = backend.feature_groups
            for group in list(groups.values()):
                if group.offline is not None:
                    group.offline.flush()

    # What a pipeline's step has ingested is there for the next, which may read the offline store.
    context.on_stop.append(on_step_finished(flush))
