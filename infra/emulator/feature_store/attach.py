"""Attaches Feature Store to an emulator."""

from __future__ import annotations

from infra.emulator.context import Context
from infra.emulator.feature_store.control import OPERATIONS
from infra.emulator.feature_store.runtime import route
from infra.emulator.sagemaker_api import register


def install(context: Context) -> None:
    """Answer Feature Store's control plane and runtime."""
    register(context, OPERATIONS)
    context.routes.insert(0, route(context))
