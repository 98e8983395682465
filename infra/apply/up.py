"""Bring a stack up against an endpoint: evaluate the program, and make what it declares stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from infra.apply.deployment import Deployment
from infra.apply.guard import undeclared
from infra.apply.preview import Preview
from infra.apply.removal import remove
from infra.apply.state import EmulatorStore, StackState, Standing, StateStore, exports
from infra.apply.summary import OnProgress, Progress, Summary, ignore
from infra.graph.evaluate import evaluate
from infra.graph.invokes import offline
from infra.graph.model import ResourceGraph
from infra.graph.monitor import Registrar
from infra.project import PROJECT
from infra.resources.clients import EndpointClients

REGION = "us-east-1"


class StackReferenceError(LookupError):
    """A stack that another one refers to does not stand."""


class Declares(Protocol):
    """What is needed of a program (``infra.program.Program`` is one)."""

    @property
    def stack(self) -> str:
        """The stack's name."""

    @property
    def pulumi_config(self) -> Mapping[str, str]:
        """What Pulumi's ``Config`` reads; ``aws:region`` is the region."""

    def declare(self) -> object:
        """Declare every resource; called inside Pulumi."""


def up(
    program: Declares,
    endpoint: str,
    *,
    progress: OnProgress = ignore,
    store: StateStore | None = None,
    losing: frozenset[str] = frozenset(),
) -> Summary:
    """Make the stack stand as ``program`` declares it, and return what that took.

    First the program is evaluated with nothing touched. Where AWS's API model would refuse an
    input, or something guarded would be lost, all of that is in ``failed`` and nothing has changed.
    What is declared unchanged costs no call. What AWS itself then refuses is kept in ``failed``,
    what depends on it in ``skipped``; the rest goes on, and the next ``up`` takes up from there.
    What is no longer declared, and predecessors, are deleted once the whole program stands.
    ``losing`` names (logical name or URN) stateful resources that may be replaced or deleted.

    Raises:
        StackReferenceError: a stack that it refers to does not stand; nothing was made.
        StateError: no emulator answers, or somebody else is changing the stack.
        EndpointConnectionError: the endpoint went away.
        Exception: what the program itself raised; what stood by then is in the state.
    """
    store = EmulatorStore(endpoint) if store is None else store
    region = program.pulumi_config.get("aws:region", REGION)
    aws = EndpointClients(endpoint, region=region)

    def declared(registrar: Registrar, *, preview: bool) -> ResourceGraph:
        return evaluate(
            program.declare,
            project=PROJECT,
            stack=program.stack,
            config=program.pulumi_config,
            registrar=registrar,
            invokes=offline(region=region, account_id=aws.account_id),
            references=lambda other: _exports_of(other, program.stack, store),
            preview=preview,
        )

    try:
        with store.locked(program.stack):
            state = store.load(program.stack)
            if state is None:
                state = StackState(project=PROJECT, stack=program.stack, region=region)
            deployment = Deployment(aws, state, store, progress, losing=losing)
            preview = Preview(state, losing=losing)
            graph = declared(preview, preview=True)
            doomed = preview.undeclared()
            if preview.failed:
                return _refused(preview, state, progress)
            if preview.changes or doomed:
                graph = declared(deployment, preview=False)
                if not deployment.tally.failed:
                    remove(deployment, _undeclared(deployment, state, progress), progress)
            else:
                for standing, resource in preview.same:
                    deployment.keep(standing, resource)
            state.outputs = exports(graph.outputs)
            store.save(state)
            return summary(deployment, graph.outputs)
    finally:
        aws.close()


def _refused(preview: Preview, state: StackState, progress: OnProgress) -> Summary:
    """Return what was refused before anything was touched."""
    for refused in preview.failed:
        progress(Progress("fail", refused.urn, 0.0))
    return Summary(failed=tuple(preview.failed), outputs=dict(state.outputs))


def _exports_of(other: str, stack: str, store: StateStore) -> Mapping[str, object]:
    """Return what another stack exports, for a reference to it.

    Raises:
        StackReferenceError: it does not stand.
    """
    state = store.load(other)
    if state is None:
        raise StackReferenceError(
            f"stack {other} must stand before {stack}, which reads its outputs; "
            f"`mlops up -s {other}` first"
        )
    return state.outputs


def summary(deployment: Deployment, outputs: Mapping[str, object]) -> Summary:
    """Return what has happened as an immutable value."""
    tally = deployment.tally
    return Summary(
        created=tuple(tally.created),
        updated=tuple(tally.updated),
        replaced=tuple(tally.replaced),
        deleted=tuple(tally.deleted),
        unchanged=tuple(tally.unchanged),
        failed=tuple(tally.failed),
        skipped=tuple(tally.skipped),
        outputs=dict(outputs),
    )


def _undeclared(deployment: Deployment, state: StackState, progress: OnProgress) -> list[Standing]:
    """Return predecessors and what is no longer declared, but for what is guarded."""
    doomed, refused = undeclared(state, deployment.declared, deployment.losing)
    deployment.tally.failed += refused
    for one in refused:
        progress(Progress("fail", one.urn, 0.0))
    return doomed
