"""Make what a program declares stand: one resource after the other, as they are registered."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    ParamValidationError,
    WaiterError,
)

from infra.apply.changes import (
    changed,
    deletes_first,
    fingerprint,
    ignoring,
    replacing,
    unknown,
)
from infra.apply.state import StackState, Standing, StateStore
from infra.apply.summary import Failure, OnProgress, Operation, Progress
from infra.graph.model import Resource
from infra.graph.monitor import RegistrationFailed
from infra.resources.handler import Clients, Created, InputError, ResourceType
from infra.resources.row import Row
from infra.resources.table import lookup


class Refused(Exception):  # noqa: N818 - an outcome for one resource, kept in the summary
    """One resource is not to be touched like that."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


REFUSALS = (
    Refused,
    ClientError,
    ParamValidationError,
    WaiterError,
    InputError,
    LookupError,
    OSError,
)
"""What concerns one resource alone; the rest of the stack goes on."""


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
        self._losing = losing
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
        old = self._standing(resource)
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
        return standing.id, _revealed(standing.outputs, inputs, resource.secrets)

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

    def guard(self, standing: Standing, doing: str) -> None:
        """Refuse to lose what cannot be made again.

        Raises:
            Refused: it is protected, or stateful and not named among what may be lost.
        """
        if standing.protect:
            raise Refused(
                "Protected",
                f"{standing.urn} is protected and would be {doing}; undo the change, name the "
                "property in ignore_changes, or first apply it with protect=False",
            )
        if lookup(standing.type).stateful and not {standing.urn, standing.name} & self._losing:
            raise Refused(
                "Stateful",
                f"{standing.urn} holds what cannot be made again and would be {doing}; undo the "
                f"change, name the property in ignore_changes, or allow it for {standing.name!r}",
            )

    def _settle(
        self, resource: Resource, inputs: dict[str, Any], old: Standing | None
    ) -> tuple[Operation, Standing]:
        kind = lookup(resource.type)
        before = old.inputs if old is not None else {}
        checked = kind.check(resource.name, inputs, before or None)
        if old is None:
            return "create", self._create(kind, resource, checked)
        if resource.ignore_changes:
            checked = ignoring(checked, before, resource.ignore_changes)
        prints = fingerprint(checked, resource.secrets)
        changes = changed(before, prints)
        if old.type != resource.type or replacing(kind, resource, changes):
            return "replace", self._replace(kind, resource, inputs, old)
        if changes:
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
        self.guard(old, "replaced")
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

    def _standing(self, resource: Resource) -> Standing | None:
        names = [resource.urn, *resource.aliases]
        for urn in names:
            for standing in self._state.resources:
                if standing.urn == urn and not standing.replaced:
                    return standing
        return None

    def _tell(self, operation: Operation, urn: str, began: float) -> None:
        self._progress(Progress(operation, urn, time.monotonic() - began))


def _revealed(
    outputs: Mapping[str, Any], inputs: Mapping[str, Any], secrets: frozenset[str]
) -> dict[str, Any]:
    """Return the outputs with the assets and secrets that the state keeps by hash only."""
    prints = fingerprint(inputs, secrets)
    same = {key: value for key, value in inputs.items() if outputs.get(key, ...) == prints[key]}
    return {**outputs, **same}


def failure(urn: str, error: BaseException) -> Failure:
    """Return a refusal with AWS's own code and message where AWS gave them."""
    if isinstance(error, ClientError):
        told = error.response["Error"]
        return Failure(urn, told["Code"], told.get("Message", str(error)))
    if isinstance(error, Refused):
        return Failure(urn, error.code, str(error))
    codes = {InputError: "InvalidInput", ParamValidationError: "ParamValidation"}
    code = next((code for kind, code in codes.items() if isinstance(error, kind)), None)
    if type(error) is LookupError:
        code = "UnknownType"
    return Failure(urn, code or type(error).__name__, str(error))
