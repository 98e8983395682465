"""How an environment is deployed: from GitHub."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from stacks.settings import Settings


class GitHub(Settings):
    """Which workflows of GitHub get roles in the account."""

    repository: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$")]
    """Repository whose workflows are let in: ``owner/name``."""
    provider_exists: bool = False
    """The account has GitHub's identity provider already; it takes one, whatever the stacks."""
    max_session_seconds: Annotated[int, Field(ge=3600, le=43_200)] = 3600
    """A deployment that takes longer loses its role (3600-43200)."""


class Deployment(Settings):
    """Who changes the stack, and from where."""

    github: GitHub | None = None
    """Roles for workflows of a GitHub repository; null makes none."""
    state_bucket: str | None = None
    """Bucket of Pulumi's state, which deployments read and write; null where it is elsewhere."""
