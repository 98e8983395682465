"""Attaches model cards to an emulator."""

from __future__ import annotations

from infra.emulator.context import Context
from infra.emulator.model_cards.cards import OPERATIONS
from infra.emulator.sagemaker_api import register


def install(context: Context) -> None:
    """Answer their operations; export jobs are refused as not implemented."""
    register(context, OPERATIONS)
