"""Everything that is known to be wrong with a manifest before a cluster sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from infra.graph.model import Unknown
from infra.kubernetes import pod_security, schemas
from infra.kubernetes.kinds import SUPPORTED, Kind
from infra.kubernetes.pods import pod_specs, resources
from infra.kubernetes.quantities import quantity

LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
"""RFC 1123: what a namespace, a service and most others are named like."""
_SUBDOMAIN: Final = re.compile(rf"{LABEL.pattern}(\.{LABEL.pattern})*")
_LABEL_VALUE: Final = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
_LABELLED: Final = frozenset({"Namespace", "Service", "TrainJob", "InferenceService"})
_EXTENDED: Final = re.compile(r"[a-z0-9.-]+/.+")
_OWN: Final = frozenset({"cpu", "memory", "ephemeral-storage"})


def faults(kind: Kind, manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield ``field must be rule, got value`` for each fault; pods must be restricted ones."""
    formal = list(formal_faults(kind, manifest, SUPPORTED))
    yield from formal
    if not formal:  # what has no form has no meaning to check
        for path, spec in pod_specs(manifest):
            yield from pod_security.refusals(spec, path)


def formal_faults(
    kind: Kind, manifest: Mapping[str, Any], versions: Sequence[str]
) -> Iterator[str]:
    """Yield what the API servers of these versions would refuse: names, schema, resources."""
    yield from _names(kind, manifest)
    refused = list(schemas.faults(kind, manifest, versions))
    yield from refused
    if not refused:
        for path, asked in resources(manifest):
            yield from _resources(asked, path)


def _names(kind: Kind, manifest: Mapping[str, Any]) -> Iterator[str]:
    metadata = manifest.get("metadata") or {}
    if not isinstance(metadata, Mapping):
        return
    name, namespace = metadata.get("name"), metadata.get("namespace")
    if name is None:
        yield "metadata.name must be given, got None"
    elif isinstance(name, str):
        form = LABEL if kind.name in _LABELLED else _SUBDOMAIN
        most = 63 if kind.name in _LABELLED else 253
        if not form.fullmatch(name) or len(name) > most:
            yield (
                f"metadata.name must be at most {most} of a-z, 0-9 and hyphens within, got {name!r}"
            )
    if kind.namespaced and namespace is None:
        yield "metadata.namespace must be given, got None"
    if not kind.namespaced and namespace is not None:
        yield f"metadata.namespace must be left out of a {kind.name}, got {namespace!r}"
    for key, value in (metadata.get("labels") or {}).items():
        if isinstance(value, str) and not _LABEL_VALUE.fullmatch(value):
            rule = "must be at most 63 of A-Z, a-z, 0-9, -_. within"
            yield f"metadata.labels.{key} {rule}, got {value!r}"


def _resources(asked: Mapping[str, Any], path: str) -> Iterator[str]:
    limits, requests = asked.get("limits") or {}, asked.get("requests") or {}
    for group, amounts in (("limits", limits), ("requests", requests)):
        for name, amount in amounts.items():
            if isinstance(amount, Unknown):
                continue
            at = f"{path}.{group}.{name}"
            try:
                number = quantity(amount)
            except ValueError as error:
                yield f"{at}: {error}"
                continue
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
        try:
            wanted, most = quantity(asked), quantity(limit)
        except ValueError:
            continue  # told above
        if device and wanted != most:
            yield f"{path}.requests.{name} must equal its limit {limit}, got {asked}"
        elif wanted > most:
            yield f"{path}.requests.{name} must be at most its limit {limit}, got {asked}"
