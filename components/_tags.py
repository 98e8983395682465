"""The tags that every resource of the platform carries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from components._iam import Condition, Statement, deny

REQUIRED = frozenset({"project", "environment", "owner", "team"})
IDENTIFYING = tuple(sorted(REQUIRED - {"owner"}))
"""Tags that say whose a resource is; an owner may change."""


def stamp(tags: Mapping[str, str], *, component: str) -> dict[str, str]:
    """Return ``tags`` plus the name of the component that owns the resource.

    Raises:
        ValueError: a tag of ``REQUIRED`` is missing.
    """
    if missing := sorted(REQUIRED - tags.keys()):
        raise ValueError(f"{component}: tags must hold {missing}, got {sorted(tags)}")
    return {**tags, "component": component}


def whose(tags: Mapping[str, str]) -> dict[str, str]:
    """Return those of ``tags`` that tell one stack's resources from another's."""
    return {key: tags[key] for key in IDENTIFYING}


def owned(tags: Mapping[str, str]) -> Condition:
    """Return the condition that what is acted on carries the stack's tags."""
    return {"StringEquals": {f"aws:ResourceTag/{key}": value for key, value in whose(tags).items()}}


def created(tags: Mapping[str, str]) -> Condition:
    """Return the condition that what is made is given the stack's tags."""
    return {"StringEquals": {f"aws:RequestTag/{key}": value for key, value in whose(tags).items()}}


def tagged_at_once(tags: Mapping[str, str]) -> Condition:
    """Return the condition that tags come with what is made: nothing that stands is tagged anew."""
    return {**created(tags), "StringLike": {"sagemaker:TaggingAction": "Create*"}}


def another(bearer: Literal["Principal", "Resource"], key: str, value: str) -> Condition:
    """Return the condition that who asks, or what is acted on, bears a tag with another value."""
    tag = f"aws:{bearer}Tag/{key}"
    return {"Null": {tag: "false"}, "StringNotEquals": {tag: value}}


def others_denied(tags: Mapping[str, str]) -> Sequence[Statement]:
    """Deny everything to do with what bears the tags of another stack."""
    return [
        deny(f"OnlyOwn{key.title()}", "*", when=another("Resource", key, value))
        for key, value in whose(tags).items()
    ]
