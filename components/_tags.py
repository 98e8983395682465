"""The tags that every resource of the platform carries."""

from __future__ import annotations

from collections.abc import Mapping

REQUIRED = frozenset({"project", "environment", "owner", "team"})


def stamp(tags: Mapping[str, str], *, component: str) -> dict[str, str]:
    """Return ``tags`` plus the name of the component that owns the resource.

    Raises:
        ValueError: a tag of ``REQUIRED`` is missing.
    """
    if missing := sorted(REQUIRED - tags.keys()):
        raise ValueError(f"{component}: tags must hold {missing}, got {sorted(tags)}")
    return {**tags, "component": component}
