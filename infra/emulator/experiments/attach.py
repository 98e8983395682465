"""Attaches experiments to an emulator."""

from __future__ import annotations

from infra.emulator.context import Context
from infra.emulator.experiments import api, search
from infra.emulator.sagemaker_api import register


def install(context: Context) -> None:
    """Answer what is asked of experiments; moto answers what is recorded by hand."""
    register(context, api.OPERATIONS)
    register(context, {"Search": search.search})
