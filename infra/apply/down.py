"""Take a stack down: delete everything that stands of it."""

from __future__ import annotations

from infra.apply.deployment import Deployment
from infra.apply.removal import remove
from infra.apply.state import EmulatorStore, StateStore
from infra.apply.summary import OnProgress, Summary, ignore
from infra.apply.up import summary
from infra.resources.clients import EndpointClients


class ProtectedError(RuntimeError):
    """The stack holds protected resources; nothing was deleted."""


def down(
    stack: str,
    endpoint: str,
    *,
    unprotect: bool = False,
    progress: OnProgress = ignore,
    store: StateStore | None = None,
) -> Summary:
    """Delete every resource of the stack, dependents first; a stack that does not stand is fine.

    ``unprotect`` deletes protected resources too, and with buckets and model package groups what
    they hold, which AWS would not do by itself. What is refused stays, with what it needs, in
    ``failed`` and ``skipped``; the next ``down`` takes up from there.

    Raises:
        ProtectedError: a resource is protected and ``unprotect`` is not given.
        StateError: no emulator answers, or somebody else is changing the stack.
    """
    store = EmulatorStore(endpoint) if store is None else store
    with store.locked(stack):
        state = store.load(stack)
        if state is None:
            return Summary()
        protected = [standing for standing in state.resources if standing.protect]
        if protected and not unprotect:
            names = ", ".join(standing.name for standing in protected)
            raise ProtectedError(
                f"stack {stack} holds {len(protected)} protected resources ({names}); nothing was "
                "deleted: ask to unprotect them too, or apply the stack with protect=False first"
            )
        for standing in protected:
            standing.protect = False
        aws = EndpointClients(endpoint, region=state.region)
        try:
            deployment = Deployment(aws, state, store, progress)
            remove(deployment, state.resources, progress, with_contents=unprotect)
        finally:
            aws.close()
        if not state.resources:
            store.remove(stack)
        return summary(deployment, {})
