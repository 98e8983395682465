"""Drives one resource type through its life, as the engine would."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from infra.resources.handler import Clients, Created, ResourceType


def of(types: Iterable[ResourceType], token: str) -> ResourceType:
    """Return the type of that token."""
    return next(kind for kind in types if kind.token == token)


@dataclass(frozen=True)
class Standing:
    """A resource that was created."""

    kind: ResourceType
    aws: Clients
    inputs: dict[str, Any]
    created: Created

    @property
    def id(self) -> str:
        """Return Pulumi's id."""
        return self.created.id

    @property
    def outputs(self) -> dict[str, Any]:
        """Return what creation put out."""
        return self.created.outputs

    def read(self) -> Created | None:
        """Return it as AWS has it now."""
        return self.kind.read(self.aws, self.id, self.outputs)

    def changed(self, **changes: Any) -> Standing:
        """Update it with inputs that differ; ``None`` takes one away."""
        wanted = {**self.inputs, **changes}
        new = {key: value for key, value in wanted.items() if value is not None}
        old = {**self.inputs, **self.outputs}
        return Standing(self.kind, self.aws, new, self.kind.update(self.aws, self.id, old, new))

    def delete(self) -> None:
        """Delete it."""
        self.kind.delete(self.aws, self.id, self.outputs)


def stand(kind: ResourceType, aws: Clients, name: str, inputs: Mapping[str, Any]) -> Standing:
    """Check and create a resource."""
    checked = kind.check(name, inputs)
    return Standing(kind, aws, checked, kind.create(aws, checked))


def assert_lives(standing: Standing, *, twice: bool = True) -> None:
    """Check that what was declared is what reads back, that it goes, and may go ``twice``."""
    found = standing.read()
    assert found is not None, f"{standing.kind.token}: gone as soon as created"
    differing = {
        key: (value, found.outputs.get(key))
        for key, value in standing.inputs.items()
        if found.outputs.get(key) != value
    }
    assert differing == {}, f"{standing.kind.token}: declared, then read: {differing}"
    assert found.outputs == standing.outputs
    standing.delete()
    assert standing.read() is None, f"{standing.kind.token}: still there after its deletion"
    if twice:
        standing.delete()
