"""The state of a stack: what stands, as it was last declared, and where that is kept."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol

from infra.emulator.remote import Admin, AdminError
from infra.graph.model import Resource

VERSION = 1
WAIT_SECONDS = 30.0


class StateError(RuntimeError):
    """The state of a stack cannot be read or written; the message says why."""


@dataclass(kw_only=True, slots=True)
class Standing:
    """One resource that stands."""

    urn: str
    type: str
    name: str
    id: str
    inputs: dict[str, Any]
    """Checked inputs; assets and secrets by their hash only."""
    outputs: dict[str, Any]
    dependencies: list[str] = field(default_factory=list)
    protect: bool = False
    retain_on_delete: bool = False
    replaced: bool = False
    """Its successor stands; it is still to be deleted."""


@dataclass(kw_only=True, slots=True)
class StackState:
    """Everything that stands of one stack, in order of creation."""

    project: str
    stack: str
    region: str
    resources: list[Standing] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)

    def standing(self, resource: Resource) -> Standing | None:
        """Return what stands of a declared resource, under its own URN or an older one."""
        for urn in [resource.urn, *resource.aliases]:
            for standing in self.resources:
                if standing.urn == urn and not standing.replaced:
                    return standing
        return None

    def to_document(self) -> dict[str, Any]:
        """Return the state as plain values, which it shares: to be written at once."""
        resources = [_shallow(one) for one in self.resources]
        return {"version": VERSION, **_shallow(self), "resources": resources}

    @classmethod
    def from_document(cls, written: Mapping[str, Any]) -> StackState:
        """Read a state.

        Raises:
            StateError: it was written by another version.
        """
        document = dict(written)
        if document.pop("version") != VERSION:
            raise StateError(
                f"state must be of version {VERSION}; take the stack down and up again"
            )
        resources = [Standing(**resource) for resource in document.pop("resources")]
        return cls(resources=resources, **document)


class StateStore(Protocol):
    """Keeps the states of stacks."""

    def load(self, stack: str) -> StackState | None:
        """Return a stack's state; ``None`` when nothing stands."""

    def save(self, state: StackState) -> None:
        """Write a state; only within :meth:`locked`."""

    def remove(self, stack: str) -> None:
        """Forget a stack; only within :meth:`locked`."""

    def locked(self, stack: str) -> Any:
        """Return a context manager that keeps others from changing the stack.

        Raises:
            StateError: somebody else is changing it; says who.
        """


class EmulatorStore:
    """Keeps states in the running emulator: they live exactly as long as what they describe."""

    def __init__(self, endpoint_url: str) -> None:
        self._admin = Admin(endpoint_url, wait_seconds=WAIT_SECONDS)
        self._lock = ""

    def load(self, stack: str) -> StackState | None:
        """Return a stack's state; ``None`` when nothing stands."""
        document = self._call("GET", stack)
        return None if document is None else StackState.from_document(document)

    def save(self, state: StackState) -> None:
        """Write a state."""
        self._call("PUT", state.stack, state.to_document())

    def remove(self, stack: str) -> None:
        """Forget a stack."""
        self._call("DELETE", stack)

    @contextmanager
    def locked(self, stack: str) -> Iterator[None]:
        """Hold the stack's lock, which dies with this process.

        Raises:
            StateError: somebody else holds it; says who.
        """
        asked = {"pid": os.getpid(), "owner": Path(sys.argv[0]).name or "python"}
        answer = self._call("POST", f"{stack}/lock", asked) or {}
        self._lock = str(answer["lock"])
        try:
            yield
        finally:
            self._call("DELETE", f"{stack}/lock")
            self._lock = ""

    def _call(self, method: str, path: str, body: Any = None) -> dict[str, Any] | None:
        try:
            return self._admin.call(method, f"stacks/{path}", body, headers={"X-Lock": self._lock})
        except AdminError as error:
            if error.status == HTTPStatus.NOT_FOUND and method == "GET":
                return None
            refused = error.status == HTTPStatus.CONFLICT
            raise StateError(error.reason if refused else str(error)) from None


class MemoryStore:
    """Keeps states in this process, for an endpoint that is no emulator of ours (plain moto)."""

    def __init__(self) -> None:
        self._states: dict[str, str] = {}

    def load(self, stack: str) -> StackState | None:
        """Return a stack's state; ``None`` when nothing stands."""
        text = self._states.get(stack)
        return None if text is None else StackState.from_document(json.loads(text))

    def save(self, state: StackState) -> None:
        """Write a state."""
        self._states[state.stack] = json.dumps(state.to_document())

    def remove(self, stack: str) -> None:
        """Forget a stack."""
        self._states.pop(stack, None)

    @contextmanager
    def locked(self, stack: str) -> Iterator[None]:  # noqa: ARG002 - one process, one user
        """Let the caller go on."""
        yield


def _shallow(held: Standing | StackState) -> dict[str, Any]:
    """Return the fields by name; ``asdict`` copies all that they hold, at each of many writes."""
    return {one.name: getattr(held, one.name) for one in fields(held)}


def exports(outputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stack's outputs without those still unknown, which JSON cannot hold."""
    kept: dict[str, Any] = json.loads(json.dumps(outputs, default=lambda _: None))
    return {key: value for key, value in kept.items() if value is not None}
