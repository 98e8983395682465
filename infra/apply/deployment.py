"""Make what a program declares stand: one resource after the other, as they are registered."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import EndpointConnectionError

from infra.apply.changes import decide, deletes_first, fingerprint, revealed, unknown
from infra.apply.guard import REFUSALS, Refused, failure, guard
from infra.apply.state import StackState, Standing, StateStore
from infra.apply.summary import Failure, OnProgress, Operation, Progress
from infra.engine.diff import ignoring
from infra.graph.model import Resource
from infra.graph.monitor import RegistrationFailed
from infra.resources.handler import Clients, Created, ResourceType
from infra.resources.row import Row
from infra.resources.table import lookup


@dataclass(slots=True)
class Tally:
    """What has happened so far."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


class Deployment:
    """A registrar that creates, updates, replaces or leaves alone, and saves after every change."""

    def __init__(
        self,
        aws: Clients,
        state: StackState,
        store: StateStore,
        progress: OnProgress,
        *,
        losing: frozenset[str] = frozenset(),
    ) -> None:
        self.tally = Tally()
        self.declared: set[str] = set()
        """URNs in the state of what is declared, by its old name where it was renamed."""
        self._aws = aws
        self._state = state
        self._store = store
        self._progress = progress
        self.losing = losing
        """Stateful resources that may be replaced or deleted, by name or URN."""
        self._down: set[str] = set()

    def register(
        self, resource: Resource, inputs: Mapping[str, Any]
    ) -> tuple[str, Mapping[str, Any]]:
        """Make the resource stand as declared and return its id and outputs.

        Raises:
            RegistrationFailed: it was refused, or depends on one that was.
            EndpointConnectionError: there is no endpoint to ask.
        """
        began = time.monotonic()
        old = self._state.standing(resource)
        if old is not None:
            self.declared.add(old.urn)
        if self._down & set(resource.dependencies) or unknown(inputs):
            self._down.add(resource.urn)
            self.tally.skipped.append(resource.urn)
            self._tell("skip", resource.urn, began)
            raise RegistrationFailed(resource.urn)
        try:
            operation, standing = self._settle(resource, dict(inputs), old)
        except EndpointConnectionError:
            raise
        except REFUSALS as error:
            self._down.add(resource.urn)
            self.tally.failed.append(failure(resource.urn, error))
            self._tell("fail", resource.urn, began)
            raise RegistrationFailed(resource.urn) from error
        self.declared.add(standing.urn)
        self._tell(operation, resource.urn, began)
        return standing.id, revealed(standing.outputs, inputs, resource.secrets)

    def delete(self, standing: Standing, *, with_contents: bool = False) -> None:
        """Delete what stands and forget it; one that is to be retained is only forgotten.

        ``with_contents`` first deletes what it holds and AWS would not delete with it.

        Raises:
            Refused: it is protected.
            ClientError: AWS refuses.
        """
        if standing.protect:
            raise Refused(
                "Protected",
                f"{standing.urn} is protected and would be deleted; declare it again, or first "
                "apply it with protect=False",
            )
        if not standing.retain_on_delete:
            kind = lookup(standing.type)
            if with_contents and isinstance(kind, Row):
                kind.empty(self._aws, standing.outputs)
            kind.delete(self._aws, standing.id, standing.outputs)
        self._state.resources.remove(standing)
        self._store.save(self._state)

    def keep(self, standing: Standing, resource: Resource) -> None:
        """Leave a resource alone that stands as declared; its options may have changed."""
        self._restate(standing, resource)
        self.tally.unchanged.append(resource.urn)
        self._tell("same", resource.urn, time.monotonic())

    def _settle(
        self, resource: Resource, inputs: dict[str, Any], old: Standing | None
    ) -> tuple[Operation, Standing]:
        kind = lookup(resource.type)
        operation, checked = decide(kind, resource, inputs, old)
        if old is None:
            return "create", self._create(kind, resource, checked)
        if operation == "replace":
            return "replace", self._replace(kind, resource, inputs, old)
        if operation == "update":
            made = kind.update(self._aws, old.id, old.outputs, checked)
            self._record(old, resource, checked, made)
            self.tally.updated.append(resource.urn)
            return "update", old
        self._restate(old, resource)
        self.tally.unchanged.append(resource.urn)
        return "same", old

    def _create(self, kind: ResourceType, resource: Resource, checked: dict[str, Any]) -> Standing:
        made = kind.create(self._aws, checked)
        standing = self._stand(resource, checked, made)
        self.tally.created.append(resource.urn)
        return standing

    def _replace(
        self, kind: ResourceType, resource: Resource, inputs: dict[str, Any], old: Standing
    ) -> Standing:
        guard(old, "replaced", self.losing)
        checked = kind.check(resource.name, inputs)
        if resource.ignore_changes:
            checked = ignoring(checked, old.inputs, resource.ignore_changes)
        if deletes_first(kind, resource, old.inputs, checked):
            self.delete(old)
        made = kind.create(self._aws, checked)
        if old in self._state.resources:
            old.replaced = True
        standing = self._stand(resource, checked, made)
        self.tally.replaced.append(resource.urn)
        return standing

    def _stand(self, resource: Resource, checked: dict[str, Any], made: Created) -> Standing:
        standing = Standing(
            urn=resource.urn, type=resource.type, name=resource.name, id="", inputs={}, outputs={}
        )
        self._state.resources.append(standing)
        self._record(standing, resource, checked, made)
        return standing

    def _record(
        self, standing: Standing, resource: Resource, checked: dict[str, Any], made: Created
    ) -> None:
        standing.id = made.id
        standing.inputs = fingerprint(checked, resource.secrets)
        standing.outputs = fingerprint({**checked, **made.outputs}, resource.secrets)
        self._options(standing, resource)
        self._store.save(self._state)

    def _restate(self, standing: Standing, resource: Resource) -> None:
        """Keep the options of a resource that is otherwise the same."""
        before = (standing.urn, standing.dependencies, standing.protect, standing.retain_on_delete)
        self._options(standing, resource)
        if before != (
            standing.urn,
            standing.dependencies,
            standing.protect,
            standing.retain_on_delete,
        ):
            self._store.save(self._state)

    @staticmethod
    def _options(standing: Standing, resource: Resource) -> None:
        standing.urn, standing.name = resource.urn, resource.name
        standing.dependencies = list(resource.dependencies)
        standing.protect = resource.protect
        standing.retain_on_delete = resource.retain_on_delete

    def _tell(self, operation: Operation, urn: str, began: float) -> None:
        self._progress(Progress(operation, urn, time.monotonic() - began))
