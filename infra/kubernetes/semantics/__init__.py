"""What an API server refuses of a manifest of the right form: fields that do not fit together.

Source: kubernetes/kubernetes pkg/apis/*/validation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from infra.graph.model import Unknown
from infra.kubernetes.kinds import Kind
from infra.kubernetes.pods import containers, pod_specs
from infra.kubernetes.semantics import objects, workloads
from infra.kubernetes.semantics.pods import pod

_PODS: Final = {
    "Pod": ("spec",),
    **dict.fromkeys(("Deployment", "Job"), ("spec.template", "spec.template.spec")),
}
"""What a kind's pods are described in."""


def faults(kind: Kind, manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield ``field must be rule, got value`` for each fault of a manifest that fits its schema.

    Nothing is said of one of which more is not known yet than images and values of variables.
    """
    if set(_not_known(manifest)) - {"image", "value"}:
        return
    if lacking := next(
        (path for path in _PODS.get(kind.name, ()) if not _at(manifest, path)), None
    ):
        yield f"{lacking} must be given, got None"
        return
    if kind.name in _BY_KIND:
        yield from _BY_KIND[kind.name](manifest.get("spec") or {})
    for path, spec in pod_specs(manifest):
        yield from pod(spec, path)
        if not kind.custom:  # an operator brings what its runtime runs
            for inner, container in containers(spec, path):
                if not container.get("image"):
                    yield f"{inner}.image must be given, got {container.get('image')!r}"


def _at(value: Mapping[str, Any], path: str) -> object:
    found: Any = value
    for key in path.split("."):
        found = (found or {}).get(key)
    return found


def _not_known(value: object, key: str = "") -> Iterator[str]:
    """Yield the keys whose values nobody knows yet."""
    if isinstance(value, Unknown):
        yield key
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _not_known(inner, name)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _not_known(inner, key)


_BY_KIND: Final[Mapping[str, Callable[[Mapping[str, Any]], Iterator[str]]]] = {
    "Deployment": workloads.deployment,
    "HorizontalPodAutoscaler": objects.scaler,
    "Job": workloads.job,
    "LimitRange": objects.limits,
    "NetworkPolicy": objects.network,
    "ResourceQuota": objects.quota,
    "Service": objects.service,
}
