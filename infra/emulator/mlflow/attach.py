"""Attaches managed MLflow to an emulator."""

from __future__ import annotations

from infra.emulator.context import Context
from infra.emulator.mlflow.data_plane import DataPlane
from infra.emulator.mlflow.servers import OPERATIONS
from infra.emulator.sagemaker_api import register


def install(context: Context) -> None:
    """Answer the control plane, and MLflow's own REST API for the server that a request names."""
    register(context, OPERATIONS)
    plane = DataPlane(context)
    context.routes.append(plane)
    context.on_stop.append(plane.stop)
