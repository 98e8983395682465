"""Everything that is known to be wrong with a manifest before a cluster sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from infra.graph.model import Unknown
from infra.kubernetes import names, pod_security, schemas, semantics
from infra.kubernetes.kinds import SUPPORTED, Kind
from infra.kubernetes.pods import pod_specs, resources, templates
from infra.kubernetes.quantities import quantity

_EXTENDED: Final = re.compile(r"[a-z0-9.-]+/.+")
_AMOUNTS: Final = frozenset(
    {*("limits", "requests", "hard"), *("default", "defaultRequest", "max", "min")}
    | {"maxLimitRequestRatio"}
)
"""Fields that name amounts of resources."""
_OWN: Final = frozenset({"cpu", "memory", "ephemeral-storage"})


def faults(kind: Kind, manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield ``field must be rule, got value`` for each fault; pods must be restricted ones."""
    formal = list(formal_faults(kind, manifest, SUPPORTED))
    yield from formal
    if not formal:  # what has no form has no meaning to check
        own = manifest["metadata"]
        said = next((metadata for _, metadata in templates(manifest)), own).get("annotations")
        for path, spec in pod_specs(manifest):
            yield from pod_security.refusals(spec, path, said)


def formal_faults(
    kind: Kind, manifest: Mapping[str, Any], versions: Sequence[str]
) -> Iterator[str]:
    """Yield what the API servers of these versions would refuse, Pod Security left out.

    A field that is null is one that is not given, an amount that is null is none: so they decode.
    """
    manifest = _given(manifest)
    yield from names.faults(kind, manifest)
    refused = list(schemas.faults(kind, manifest, versions))
    yield from refused
    if not refused:
        for path, asked in resources(manifest):
            yield from _resources(asked, path)
        yield from semantics.faults(kind, manifest)


def _given(value: Any, key: str = "") -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, Mapping):
        if key in _AMOUNTS:
            return {name: "0" if inner is None else inner for name, inner in value.items()}
        return {name: _given(inner, name) for name, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple):
        return [_given(inner) for inner in value]
    return value


def _resources(asked: Mapping[str, Any], path: str) -> Iterator[str]:
    limits, requests = asked.get("limits") or {}, asked.get("requests") or {}
    for group, amounts in (("limits", limits), ("requests", requests)):
        for name, amount in amounts.items():
            if isinstance(amount, Unknown):
                continue
            at, number = f"{path}.{group}.{name}", quantity(amount)
            if name not in _OWN and not _EXTENDED.fullmatch(name) and "hugepages-" not in name:
                yield f"{at} must be cpu, memory, ephemeral-storage or vendor/device, got {amount}"
            if _EXTENDED.fullmatch(name) and number != number.to_integral_value():
                yield f"{at} must be a whole number of devices, got {amount}"
            if number < 0:
                yield f"{at} must not be negative, got {amount}"
    yield from _pairs(limits, requests, path)


def _pairs(limits: Mapping[str, Any], requests: Mapping[str, Any], path: str) -> Iterator[str]:
    for name, asked in requests.items():
        limit = limits.get(name)
        if isinstance(asked, Unknown) or isinstance(limit, Unknown):
            continue
        device = _EXTENDED.fullmatch(name)
        if limit is None:
            if device:
                yield f"{path}.limits.{name} must be given where it is requested, got None"
            continue
        wanted, most = quantity(asked), quantity(limit)
        if device and wanted != most:
            yield f"{path}.requests.{name} must equal its limit {limit}, got {asked}"
        elif wanted > most:
            yield f"{path}.requests.{name} must be at most its limit {limit}, got {asked}"
