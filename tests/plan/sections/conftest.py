from __future__ import annotations

from typing import Any

import pytest

from tests.stacks.support import graph, package_arn


@pytest.fixture(scope="session")
def dev() -> dict[str, Any]:
    """Return the resources of a stack, as a snapshot holds them."""
    standing = graph("flights-dev", live=package_arn("flights-dev"), standing=True)
    return {
        urn: {"type": one.type, "name": one.name, "inputs": one.inputs}
        for urn, one in standing.resources.items()
    }
