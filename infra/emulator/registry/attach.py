"""Attaches the model registry to an emulator."""

from __future__ import annotations

from infra.emulator.context import Context
from infra.emulator.registry import groups, packages
from infra.emulator.sagemaker_api import register


def install(context: Context) -> None:
    """Answer model package groups, their policies, and model packages."""
    register(context, groups.OPERATIONS)
    register(context, packages.OPERATIONS)
