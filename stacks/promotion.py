"""The environments around a stack: what it takes approved versions from, and who takes its own."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from stacks.settings import Settings

Stage = Literal["dev", "staging", "prod"]
AccountId = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]
"""Twelve digits, quoted in YAML: a number would lose its leading zeros."""


class Promotion(Settings):
    """A model version goes from environment to environment, approved in each."""

    upstream: Stage | None = None
    """Environment whose approved versions are copied here, to be approved again; null for none."""
    downstream: Stage | None = None
    """Environment that copies this one's approved versions; null for none."""
    commands: Annotated[tuple[str, ...], Field(min_length=1)] = (
        "make setup",
        '.venv/bin/mlops promote -s "$STACK" -u "$USE_CASE"',
    )
    """Shell commands of the build that copies, ``$STACK`` and ``$USE_CASE`` saying what."""
