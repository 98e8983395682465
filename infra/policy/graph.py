"""A resource graph as rules see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from infra.graph.model import Unknown as NotYet
from infra.policy.model import UNKNOWN, Resource


class Declared(Protocol):
    """What rules need of a resource, of a graph or of a plan's snapshot."""

    @property
    def urn(self) -> str:
        """URN."""

    @property
    def type(self) -> str:
        """Pulumi type token."""

    @property
    def name(self) -> str:
        """Logical name."""

    @property
    def inputs(self) -> Mapping[str, Any]:
        """Pulumi's own property names."""

    @property
    def property_dependencies(self) -> Mapping[str, tuple[str, ...]]:
        """URNs that each input takes something from."""

    @property
    def protect(self) -> bool:
        """Whether Pulumi refuses to delete it."""

    @property
    def delete_before_replace(self) -> bool:
        """Whether it is gone before its successor is there."""


def resources(declared: Iterable[Declared]) -> list[Resource]:
    """Return the resources as rules see them."""
    return [
        Resource(
            urn=one.urn,
            type=one.type,
            name=one.name,
            props=_plain(one.inputs),
            refers=one.property_dependencies,
            protect=one.protect,
            delete_before_replace=one.delete_before_replace,
        )
        for one in declared
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, NotYet):
        return UNKNOWN
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
