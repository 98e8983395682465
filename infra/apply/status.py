"""What stands of a stack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.apply.state import EmulatorStore, Standing, StateStore
from infra.resources.clients import EndpointClients
from infra.resources.table import lookup


@dataclass(frozen=True, kw_only=True, slots=True)
class StackStatus:
    """A stack as its state tells it, checked against AWS."""

    stack: str
    region: str
    resources: tuple[Standing, ...]
    missing: tuple[str, ...]
    """URNs that the state holds and AWS does not."""
    outputs: Mapping[str, Any]


def status(
    stack: str, endpoint: str, *, check: bool = False, store: StateStore | None = None
) -> StackStatus | None:
    """Return what stands of a stack; ``None`` when it does not. ``check`` asks AWS for each.

    Raises:
        StateError: no emulator answers.
    """
    store = EmulatorStore(endpoint) if store is None else store
    state = store.load(stack)
    if state is None:
        return None
    missing: list[str] = []
    if check:
        aws = EndpointClients(endpoint, region=state.region)
        try:
            missing = [
                standing.urn
                for standing in state.resources
                if lookup(standing.type).read(aws, standing.id, standing.outputs) is None
            ]
        finally:
            aws.close()
    return StackStatus(
        stack=stack,
        region=state.region,
        resources=tuple(state.resources),
        missing=tuple(missing),
        outputs=state.outputs,
    )
