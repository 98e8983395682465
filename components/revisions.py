"""Where a delivery pipeline finds the revisions that it delivers."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

RELEASE_KEY = "releases/source.zip"
"""Where in the artifacts bucket a delivered revision lies, for the next environment."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Connection:
    """A repository, by a connection that a person has completed by hand."""

    arn: str
    repository: str
    """``owner/name``, as its host has it."""
    branch: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceObject:
    """A zip archive in a versioned bucket that announces its objects to EventBridge."""

    bucket: pulumi.Input[str]
    key: str
    key_arn: pulumi.Input[str] | None = None
    """Customer key of the bucket."""
