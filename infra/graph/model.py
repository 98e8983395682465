"""The values a resource graph consists of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final


class Unknown:
    """What only AWS will know: the one instance is :data:`UNKNOWN`."""

    def __repr__(self) -> str:
        return "<unknown>"


UNKNOWN: Final = Unknown()


@dataclass(frozen=True, kw_only=True, slots=True)
class Resource:
    """One registered resource, as Pulumi's engine would have seen it."""

    urn: str
    type: str
    """Pulumi type token, for example ``aws:s3/bucket:Bucket`` or ``mlops:index:FeatureStore``."""
    name: str
    """Logical name, unique within its type and parent."""
    custom: bool
    """A resource that a provider creates; false for components."""
    parent: str | None
    """URN of the component that holds it; ``None`` under the stack itself."""
    inputs: Mapping[str, Any]
    """Pulumi's own (camelCase) property names; :data:`UNKNOWN` where only AWS will know."""
    dependencies: tuple[str, ...] = ()
    """URNs that must stand first: through values and ``depends_on`` alike, sorted."""
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()
    """Names of the inputs that carry secrets; their values are withheld from the graph."""
    protect: bool = False
    retain_on_delete: bool = False
    delete_before_replace: bool = False
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    """URNs or names under which the resource was known before."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ResourceGraph:
    """Everything a stack declares."""

    project: str
    stack: str
    resources: Mapping[str, Resource]
    """By URN, in order of registration: what a resource needs stands before it."""
    outputs: Mapping[str, Any]
    """What the stack exports, secrets in clear: whoever writes them down withholds those of
    ``secret_outputs``."""
    secret_outputs: frozenset[str] = frozenset()
    component_outputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Resource:
        """Return the resource of that logical name.

        Raises:
            KeyError: no resource, or more than one, has that name.
        """
        found = [resource for resource in self.resources.values() if resource.name == name]
        if len(found) != 1:
            raise KeyError(f"{name!r} names {len(found)} resources: {[r.urn for r in found]}")
        return found[0]

    def children(self, name: str) -> list[Resource]:
        """Return what has the resource of that logical name as its parent."""
        parent = self[name].urn
        return [resource for resource in self.resources.values() if resource.parent == parent]

    def of_type(self, token: str) -> list[Resource]:
        """Return every resource of one Pulumi type."""
        return [resource for resource in self.resources.values() if resource.type == token]
