"""What an API server refuses of a manifest of the right form: fields that do not fit together.

Source: kubernetes/kubernetes pkg/apis/*/validation.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from infra.graph.model import Unknown
from infra.kubernetes.kinds import Kind
from infra.kubernetes.pods import containers, pod_specs, templates
from infra.kubernetes.quantities import quantity

RBAC: Final = "rbac.authorization.k8s.io"
_GRACE_SECONDS: Final = 30
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
    spec = manifest.get("spec")
    if lacking := next(
        (path for path in _PODS.get(kind.name, ()) if not _at(manifest, path)), None
    ):
        yield f"{lacking} must be given, got None"
        return
    if kind.name in _BY_KIND:
        yield from _BY_KIND[kind.name](manifest if kind.group == RBAC else spec or {})
    for path, pod in pod_specs(manifest):
        yield from _pod(pod, path)
        if not kind.custom:  # an operator brings what its runtime runs
            for inner, container in containers(pod, path):
                if not container.get("image"):
                    yield f"{inner}.image must be given, got {container.get('image')!r}"
    if kind.name == "Deployment":
        labels = next((one.get("labels") for _, one in templates(manifest)), None) or {}
        for key, value in ((spec or {}).get("selector") or {}).get("matchLabels", {}).items():
            if labels.get(key) != value:
                rule = f"must have {key}: {value}, as the selector says"
                yield f"spec.template.metadata.labels {rule}, got {labels.get(key)}"


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


def _deployment(spec: Mapping[str, Any]) -> Iterator[str]:
    policy = spec["template"].get("spec", {}).get("restartPolicy", "Always")
    if policy != "Always":
        yield f"spec.template.spec.restartPolicy must be Always, got {policy}"
    rolling = (spec.get("strategy") or {}).get("rollingUpdate") or {}
    if {str(rolling.get(key)) for key in ("maxSurge", "maxUnavailable")} <= {"0", "0%"}:
        yield "spec.strategy.rollingUpdate.maxUnavailable must not be 0 where maxSurge is, got 0"
    deadline, ready = spec.get("progressDeadlineSeconds", 600), spec.get("minReadySeconds", 0)
    if deadline <= ready:
        rule = f"must be more than minReadySeconds {ready}"
        yield f"spec.progressDeadlineSeconds {rule}, got {deadline}"
    selector = spec.get("selector") or {}
    if not selector.get("matchLabels") and not selector.get("matchExpressions"):
        yield f"spec.selector must choose by one label at least, got {selector}"


def _job(spec: Mapping[str, Any]) -> Iterator[str]:
    policy = spec["template"].get("spec", {}).get("restartPolicy")
    if policy not in {"OnFailure", "Never"}:
        yield f"spec.template.spec.restartPolicy must be OnFailure or Never, got {policy}"
    indexed = spec.get("completionMode") == "Indexed"
    if indexed and spec.get("completions") is None:
        yield "spec.completions must be given where completionMode is Indexed, got None"
    for name in ("backoffLimitPerIndex", "maxFailedIndexes", "successPolicy"):
        if not indexed and spec.get(name) is not None:
            yield f"spec.{name} must be left out where completionMode is not Indexed, got it"
    rules = (spec.get("podFailurePolicy") or {}).get("rules") or ()
    counted = spec.get("backoffLimitPerIndex") is not None
    if not counted and spec.get("maxFailedIndexes") is not None:
        yield "spec.backoffLimitPerIndex must be given beside maxFailedIndexes, got None"
    names = [str(one.get("name")) for _, one in containers(spec["template"]["spec"], "")]
    for index, rule in enumerate(rules):
        at = f"spec.podFailurePolicy.rules[{index}]"
        if rule.get("action") == "FailIndex" and not counted:
            yield f"{at}.action must be another without backoffLimitPerIndex, got FailIndex"
        codes = rule.get("onExitCodes") or {}
        if codes.get("containerName") not in {None, *names}:
            told = f"must be one of {', '.join(names)}"
            yield f"{at}.onExitCodes.containerName {told}, got {codes['containerName']!r}"
        values = codes.get("values") or []
        if values != sorted(set(values)):
            yield f"{at}.onExitCodes.values must be in order, each once, got {values}"


def _scaler(spec: Mapping[str, Any]) -> Iterator[str]:
    least, most = spec.get("minReplicas", 1), spec["maxReplicas"]
    if most < least:
        yield f"spec.maxReplicas must be at least minReplicas {least}, got {most}"
    version = (spec.get("scaleTargetRef") or {}).get("apiVersion") or ""
    if "/" not in version:
        yield f"spec.scaleTargetRef.apiVersion must name a group: apps/v1, got {version!r}"
    for index, metric in enumerate(spec.get("metrics") or ()):
        kind = metric["type"]
        name = f"{kind[0].lower()}{kind[1:]}"
        if metric.get(name) is None:
            yield f"spec.metrics[{index}].{name} must be given of type {kind}, got None"


def _service(spec: Mapping[str, Any]) -> Iterator[str]:
    ports = spec.get("ports") or ()
    if not ports and spec.get("type") != "ExternalName" and spec.get("clusterIP") != "None":
        yield "spec.ports must name one at least, got none"
    for index, one in enumerate(ports):
        if len(ports) > 1 and not one.get("name"):
            yield f"spec.ports[{index}].name must be given where there are several, got None"
    yield from _twice([one.get("name") for one in ports], "spec.ports", "name")


def _quota(spec: Mapping[str, Any]) -> Iterator[str]:
    for name, amount in (spec.get("hard") or {}).items():
        if quantity(amount) < 0:
            yield f"spec.hard.{name} must not be negative, got {amount}"


def _limits(spec: Mapping[str, Any]) -> Iterator[str]:
    for index, limit in enumerate(spec.get("limits") or ()):
        order = [(key, limit.get(key) or {}) for key in ("min", "defaultRequest", "default", "max")]
        for place, (key, lower) in enumerate(order):
            for above, higher in order[place + 1 :]:
                for name in sorted(lower.keys() & higher.keys()):
                    if quantity(lower[name]) > quantity(higher[name]):
                        rule = f"must be at most {above} {higher[name]}"
                        yield f"spec.limits[{index}].{key}.{name} {rule}, got {lower[name]}"
        for name, ratio in (limit.get("maxLimitRequestRatio") or {}).items():
            if quantity(ratio) < 1:
                at = f"spec.limits[{index}].maxLimitRequestRatio.{name}"
                yield f"{at} must be at least 1, got {ratio}"


def _network(spec: Mapping[str, Any]) -> Iterator[str]:
    for way, peers in (("ingress", "from"), ("egress", "to")):
        for index, rule in enumerate(spec.get(way) or ()):
            for number, peer in enumerate(rule.get(peers) or ()):
                yield from _block(peer, f"spec.{way}[{index}].{peers}[{number}]")
            for number, port in enumerate(rule.get("ports") or ()):
                yield from _range(port, f"spec.{way}[{index}].ports[{number}]")


def _block(peer: Mapping[str, Any], path: str) -> Iterator[str]:
    block = peer.get("ipBlock")
    if block is None:
        return
    if len(peer) > 1:
        yield f"{path}.ipBlock must stand alone, got {', '.join(sorted(peer))}"
    around = ipaddress.ip_network(block["cidr"], strict=False)
    for index, inner in enumerate(block.get("except") or ()):
        hole = ipaddress.ip_network(inner, strict=False)
        if hole.version != around.version or hole == around or not hole.subnet_of(around):  # type: ignore[arg-type] # of one version by then
            yield f"{path}.ipBlock.except[{index}] must be within {around}, got {inner}"


def _range(port: Mapping[str, Any], path: str) -> Iterator[str]:
    first, last = port.get("port"), port.get("endPort")
    if last is not None and (not isinstance(first, int) or last < first):
        yield f"{path}.endPort must not be below the number of port, got {last} for {first}"


def _binding(manifest: Mapping[str, Any]) -> Iterator[str]:
    for index, one in enumerate(manifest.get("subjects") or ()):
        kind, group = one.get("kind"), one.get("apiGroup")
        wanted = "" if kind == "ServiceAccount" else RBAC
        if group is not None and group != wanted:
            yield f"subjects[{index}].apiGroup must be {wanted!r} of a {kind}, got {group!r}"


def _pod(spec: Mapping[str, Any], path: str) -> Iterator[str]:
    known = [one.get("name") for one in spec.get("volumes") or ()]
    yield from _twice(known, f"{path}.volumes", "name")
    if not spec.get("containers"):
        yield f"{path}.containers must hold one at least, got none"
    everyone = list(containers(spec, path))
    yield from _twice([one.get("name") for _, one in everyone], f"{path}.containers", "name")
    grace = spec.get("terminationGracePeriodSeconds", _GRACE_SECONDS)
    for inner, container in everyone:
        yield from _mounts(container, inner, known)
        yield from _probes(container, inner)
        names = [one.get("name") for one in container.get("ports") or ()]
        yield from _twice(names, f"{inner}.ports", "name")
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
    yield from _twice([one.get("mountPath") for one in mounts], f"{path}.volumeMounts", "mountPath")


def _twice(values: Iterable[object], path: str, key: str) -> Iterator[str]:
    seen: list[object] = []
    for index, value in enumerate(values):
        if isinstance(value, str) and value in seen:
            yield f"{path}[{index}].{key} must be given once, got {value!r} again"
        seen.append(value)


_BY_KIND: Final[Mapping[str, Callable[[Mapping[str, Any]], Iterator[str]]]] = {
    "Deployment": _deployment,
    "HorizontalPodAutoscaler": _scaler,
    "Job": _job,
    "LimitRange": _limits,
    "NetworkPolicy": _network,
    "ResourceQuota": _quota,
    "RoleBinding": _binding,
    "Service": _service,
}
