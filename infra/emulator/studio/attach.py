"""Attaches Studio's control plane to an emulator."""

from __future__ import annotations

from infra.emulator.context import Context
from infra.emulator.sagemaker_api import register
from infra.emulator.studio import domains, profiles


def install(context: Context) -> None:
    """Answer their operations; spaces, applications and URLs are refused as not implemented."""
    register(context, domains.OPERATIONS | profiles.OPERATIONS)
