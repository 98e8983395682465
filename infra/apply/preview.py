"""What an ``up`` would do and what would be refused, found before anything is touched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.apply.changes import changed, decide, fingerprint, revealed, unknown, within
from infra.apply.guard import REFUSALS, failure, guard, undeclared
from infra.apply.state import StackState, Standing
from infra.apply.summary import Failure
from infra.engine.diff import replacing
from infra.graph.model import Resource
from infra.graph.monitor import RegistrationFailed
from infra.resources.handler import InputError, ResourceType
from infra.resources.table import lookup


class Preview:
    """A registrar that asks nobody: what stands unchanged keeps its outputs, the rest is unknown.

    A resource is refused for inputs that AWS's API model refuses, and for losing what is guarded.
    """

    def __init__(self, state: StackState, *, losing: frozenset[str] = frozenset()) -> None:
        self.failed: list[Failure] = []
        self.same: list[tuple[Standing, Resource]] = []
        self.changes = 0
        self._state = state
        self._losing = losing
        self._declared: set[str] = set()

    def register(
        self, resource: Resource, inputs: Mapping[str, Any]
    ) -> tuple[str, Mapping[str, Any]]:
        """Return what of the resource's outputs is known.

        Raises:
            RegistrationFailed: it would be refused.
        """
        old = self._state.standing(resource)
        if old is not None:
            self._declared.add(old.urn)
        try:
            return self._foresee(resource, dict(inputs), old)
        except REFUSALS as error:
            self.failed.append(failure(resource.urn, error))
            raise RegistrationFailed(resource.urn) from error

    def undeclared(self) -> list[Standing]:
        """Return what stands and is no longer declared; what is guarded of it is refused."""
        doomed, refused = undeclared(self._state, self._declared, self._losing)
        self.failed += refused
        return doomed

    def _foresee(
        self, resource: Resource, inputs: dict[str, Any], old: Standing | None
    ) -> tuple[str, Mapping[str, Any]]:
        kind = lookup(resource.type)
        operation, checked = decide(kind, resource, inputs, old)
        if operation == "same" and old is not None:
            self.same.append((old, resource))
            return old.id, revealed(old.outputs, inputs, resource.secrets)
        self.changes += 1
        if faults := kind.faults(resource.name, checked):
            raise InputError("; ".join(faults))
        if old is None:
            return "", checked
        if operation == "replace":
            if old.type != resource.type or _surely_replaced(kind, resource, checked, old):
                guard(old, "replaced", self._losing)
            return "", checked
        return old.id, {**old.outputs, **checked}


def _surely_replaced(
    kind: ResourceType, resource: Resource, checked: Mapping[str, Any], old: Standing
) -> bool:
    """Tell whether a value that is known already asks for a successor."""
    known = {key: value for key, value in checked.items() if not unknown(value)}
    unsure = checked.keys() - known.keys()
    before = {key: value for key, value in old.inputs.items() if key not in unsure}
    after = fingerprint(known, resource.secrets)
    changes = within(before, after, changed(before, after), kind.replace_on)
    forced = resource.replace_on_changes
    return bool(replacing(changes, replace_on=kind.replace_on, forced=forced))
