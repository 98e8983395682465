"""Manifests of stacks, and the same with one thing changed."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Final

from infra.graph.model import ResourceGraph
from infra.kubernetes.kinds import BY_MANIFEST, Kind
from infra.resources.table import lookup
from tests.stacks import support

Manifest = dict[str, Any]

_MARKS: Final = "__"
"""Begins what Pulumi's outputs bear beside what was declared."""


def of(manifest: Mapping[str, Any]) -> Kind:
    """Return a manifest's kind."""
    return BY_MANIFEST[manifest["apiVersion"], manifest["kind"]]


def declared(stack: str) -> list[Manifest]:
    """Return every object that a stack with a live model declares, in the order of creation."""
    return manifests(support.graph(stack, live=support.package_arn(stack), standing=True))


def manifests(graph: ResourceGraph) -> list[Manifest]:
    """Return the objects of a cluster in a graph, in the order of creation."""
    return [
        _plain(lookup(one.type).check(one.name, one.inputs))
        for one in graph.resources.values()
        if one.type.startswith(support.CLUSTER)
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items() if not key.startswith(_MARKS)}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value


def put(manifest: Manifest, path: str, value: Any) -> Manifest:
    """Return the manifest with another value at a path; ``None`` takes it away.

    The path is written as faults have it, ``spec.ports[0].name``, or with dots alone.
    """
    made = copy.deepcopy(manifest)
    held: Any = made
    *steps, last = path.replace("[", ".").replace("]", "").split(".")
    for step in steps:
        held = held[int(step)] if isinstance(held, list) else held.setdefault(step, {})
    place = int(last) if isinstance(held, list) else last
    if value is None:
        held.pop(place)
    else:
        held[place] = value
    return made
