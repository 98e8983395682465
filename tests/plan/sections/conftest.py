from __future__ import annotations

from typing import Any

import pytest

from infra.plan.evaluate import evaluate_stack


@pytest.fixture(scope="session")
def dev() -> dict[str, Any]:
    """Return the resources of a stack, as a snapshot holds them."""
    return {
        urn: {"type": one.type, "name": one.name, "inputs": one.inputs}
        for urn, one in evaluate_stack("flights-dev").graph.resources.items()
    }
