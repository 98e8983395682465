"""The state of a stack: what stands, as it was last declared, and where that is kept."""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

VERSION = 1
REFUSED = 409
ABSENT = 404


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

    def to_json(self) -> str:
        """Return the state as a JSON document."""
        return json.dumps({"version": VERSION, **asdict(self)})

    @classmethod
    def from_json(cls, text: str) -> StackState:
        """Read a state.

        Raises:
            StateError: it was written by another version.
        """
        document = json.loads(text)
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
        self._base = f"{endpoint_url.rstrip('/')}/_mlops/stacks"
        self._lock = ""

    def load(self, stack: str) -> StackState | None:
        """Return a stack's state; ``None`` when nothing stands."""
        text = self._send("GET", stack)
        return None if text is None else StackState.from_json(text)

    def save(self, state: StackState) -> None:
        """Write a state."""
        self._send("PUT", state.stack, state.to_json())

    def remove(self, stack: str) -> None:
        """Forget a stack."""
        self._send("DELETE", stack)

    @contextmanager
    def locked(self, stack: str) -> Iterator[None]:
        """Hold the stack's lock, which dies with this process.

        Raises:
            StateError: somebody else holds it; says who.
        """
        asked = {"pid": os.getpid(), "owner": Path(sys.argv[0]).name or "python"}
        self._lock = json.loads(self._send("POST", f"{stack}/lock", json.dumps(asked)) or "{}")[
            "lock"
        ]
        try:
            yield
        finally:
            self._send("DELETE", f"{stack}/lock")
            self._lock = ""

    def _send(self, method: str, path: str, body: str | None = None) -> str | None:
        request = urllib.request.Request(  # noqa: S310 - the endpoint the caller gave
            f"{self._base}/{path}",
            method=method,
            data=None if body is None else body.encode(),
            headers={"X-Lock": self._lock, "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - as above
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            with error:
                text = error.read().decode()
            if error.code == ABSENT and method == "GET":
                return None
            if error.code == REFUSED:
                raise StateError(json.loads(text)["message"]) from None
            raise StateError(f"{method} {self._base}/{path}: {error.code} {text[:200]}") from None
        except urllib.error.URLError as error:
            raise StateError(f"no emulator answers at {self._base}: {error.reason}") from None


class MemoryStore:
    """Keeps states in this process, for an endpoint that is no emulator of ours (plain moto)."""

    def __init__(self) -> None:
        self._states: dict[str, str] = {}

    def load(self, stack: str) -> StackState | None:
        """Return a stack's state; ``None`` when nothing stands."""
        text = self._states.get(stack)
        return None if text is None else StackState.from_json(text)

    def save(self, state: StackState) -> None:
        """Write a state."""
        self._states[state.stack] = state.to_json()

    def remove(self, stack: str) -> None:
        """Forget a stack."""
        self._states.pop(stack, None)

    @contextmanager
    def locked(self, stack: str) -> Iterator[None]:  # noqa: ARG002 - one process, one user
        """Let the caller go on."""
        yield


def exports(outputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stack's outputs without those still unknown, which JSON cannot hold."""
    kept: dict[str, Any] = json.loads(json.dumps(outputs, default=lambda _: None))
    return {key: value for key, value in kept.items() if value is not None}
