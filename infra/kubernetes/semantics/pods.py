"""Pods whose fields do not fit together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from infra.kubernetes.pods import containers

_GRACE_SECONDS: Final = 30


def pod(spec: Mapping[str, Any], path: str) -> Iterator[str]:
    """Yield what is wrong with a pod's spec."""
    known = [one.get("name") for one in spec.get("volumes") or ()]
    yield from twice(known, f"{path}.volumes", "name")
    if not spec.get("containers"):
        yield f"{path}.containers must hold one at least, got none"
    everyone = list(containers(spec, path))
    yield from twice([one.get("name") for _, one in everyone], f"{path}.containers", "name")
    grace = spec.get("terminationGracePeriodSeconds", _GRACE_SECONDS)
    for inner, container in everyone:
        yield from _mounts(container, inner, known)
        yield from _probes(container, inner)
        names = [one.get("name") for one in container.get("ports") or ()]
        yield from twice(names, f"{inner}.ports", "name")
        hook = (container.get("lifecycle") or {}).get("preStop") or {}
        sleep = (hook.get("sleep") or {}).get("seconds")
        if isinstance(sleep, int) and not 0 <= sleep <= grace:
            rule = f"must be 0-{grace}, within terminationGracePeriodSeconds"
            yield f"{inner}.lifecycle.preStop.sleep.seconds {rule}, got {sleep}"


def _probes(container: Mapping[str, Any], path: str) -> Iterator[str]:
    for name in ("livenessProbe", "startupProbe"):
        needed = (container.get(name) or {}).get("successThreshold", 1)
        if needed not in {0, 1}:
            yield f"{path}.{name}.successThreshold must be 1, got {needed}"
    grace = (container.get("readinessProbe") or {}).get("terminationGracePeriodSeconds")
    if grace is not None:
        yield f"{path}.readinessProbe.terminationGracePeriodSeconds must be left out, got {grace}"
    prepares = ".initContainers[" in path and container.get("restartPolicy") != "Always"
    for name in ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe"):
        if prepares and container.get(name) is not None:
            rule = "must be left out of what only prepares: restartPolicy is not Always"
            yield f"{path}.{name} {rule}, got it"


def _mounts(container: Mapping[str, Any], path: str, volumes: list[Any]) -> Iterator[str]:
    mounts = container.get("volumeMounts") or ()
    for index, mount in enumerate(mounts):
        if mount.get("name") not in volumes:
            rule = f"must be one of the pod's volumes {volumes}"
            yield f"{path}.volumeMounts[{index}].name {rule}, got {mount.get('name')!r}"
    yield from twice([one.get("mountPath") for one in mounts], f"{path}.volumeMounts", "mountPath")


def twice(values: Iterable[object], path: str, key: str) -> Iterator[str]:
    """Yield each value that a list's items have more than once under a key."""
    seen: list[object] = []
    for index, value in enumerate(values):
        if isinstance(value, str) and value in seen:
            yield f"{path}[{index}].{key} must be given once, got {value!r} again"
        seen.append(value)
