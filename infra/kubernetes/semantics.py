"""What an API server refuses of a manifest of the right form: fields that do not fit together.

Source: kubernetes/kubernetes pkg/apis/*/validation.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from infra.graph.model import Unknown
from infra.kubernetes.kinds import Kind
from infra.kubernetes.names import is_label
from infra.kubernetes.pods import containers, pod_specs, templates
from infra.kubernetes.quantities import quantity

RBAC: Final = "rbac.authorization.k8s.io"
TOKEN_SECONDS: Final = 600
"""The least that a token lives."""
_PORT_NAME: Final = re.compile(r"(?=.*[a-z])[a-z0-9]([a-z0-9]|-(?=[a-z0-9]))*")
"""RFC 6335: at least one letter, no two hyphens together."""
_PORT_NAME_LENGTH: Final = 15
_PORTS: Final = range(1, 65_536)
_GRACE_SECONDS: Final = 30
_OF_QUOTAS: Final = frozenset(
    {
        *("pods", "services", "secrets", "configmaps", "persistentvolumeclaims", "resourcequotas"),
        *("replicationcontrollers", "services.nodeports", "services.loadbalancers"),
        *("cpu", "memory", "ephemeral-storage"),
        *("requests.cpu", "requests.memory", "requests.ephemeral-storage", "requests.storage"),
        *("limits.cpu", "limits.memory", "limits.ephemeral-storage"),
    }
)


def faults(kind: Kind, manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield ``field must be rule, got value`` for each fault of a manifest that fits its schema.

    Nothing is said of one of which more is not known yet than images and values of variables.
    """
    if set(_not_known(manifest)) - {"image", "value"}:
        return
    spec = manifest.get("spec")
    if kind.name in {"Deployment", "Job"} and not (spec or {}).get("template"):
        yield "spec.template must be given, got None"
        return
    if kind.name in _BY_KIND:
        yield from _BY_KIND[kind.name](manifest if kind.group == RBAC else spec or {})
    for path, pod in pod_specs(manifest):
        yield from _pod(pod, path)
    if kind.name == "Deployment":
        labels = next((one.get("labels") for _, one in templates(manifest)), None) or {}
        for key, value in ((spec or {}).get("selector") or {}).get("matchLabels", {}).items():
            if labels.get(key) != value:
                rule = f"must have {key}: {value}, as the selector says"
                yield f"spec.template.metadata.labels {rule}, got {labels.get(key)}"


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


def _job(spec: Mapping[str, Any]) -> Iterator[str]:
    policy = spec["template"].get("spec", {}).get("restartPolicy")
    if policy not in {"OnFailure", "Never"}:
        yield f"spec.template.spec.restartPolicy must be OnFailure or Never, got {policy}"
    if spec.get("completionMode") == "Indexed" and spec.get("completions") is None:
        yield "spec.completions must be given where completionMode is Indexed, got None"


def _scaler(spec: Mapping[str, Any]) -> Iterator[str]:
    least, most = spec.get("minReplicas", 1), spec["maxReplicas"]
    if isinstance(least, int) and least < 1:
        yield f"spec.minReplicas must be at least 1, got {least}"
    if isinstance(most, int) and isinstance(least, int) and most < max(least, 1):
        yield f"spec.maxReplicas must be at least minReplicas {least}, got {most}"


def _budget(spec: Mapping[str, Any]) -> Iterator[str]:
    if {"minAvailable", "maxUnavailable"} <= spec.keys():
        yield "spec.maxUnavailable must be left out beside minAvailable, got both"


def _service(spec: Mapping[str, Any]) -> Iterator[str]:
    ports = spec.get("ports") or ()
    names = [one.get("name") for one in ports]
    for index, one in enumerate(ports):
        name = one.get("name")
        if len(ports) > 1 and not name:
            yield f"spec.ports[{index}].name must be given where there are several, got None"
        elif isinstance(name, str) and not is_label(name):
            yield f"spec.ports[{index}].name must be a label of RFC 1123, got {name!r}"
        yield from _port(one.get("port"), f"spec.ports[{index}].port")
    yield from _twice(names, "spec.ports", "name")


def _quota(spec: Mapping[str, Any]) -> Iterator[str]:
    for name, amount in (spec.get("hard") or {}).items():
        if "/" not in name and name not in _OF_QUOTAS:
            yield f"spec.hard.{name} must be a resource that quotas count, got {name!r}"
        if isinstance(amount, str | int) and _number(amount) < 0:
            yield f"spec.hard.{name} must not be negative, got {amount}"


def _limits(spec: Mapping[str, Any]) -> Iterator[str]:
    for index, limit in enumerate(spec.get("limits") or ()):
        order = [(key, limit.get(key) or {}) for key in ("min", "defaultRequest", "default", "max")]
        for place, (key, lower) in enumerate(order):
            for above, higher in order[place + 1 :]:
                for name in sorted(lower.keys() & higher.keys()):
                    if _number(lower[name]) > _number(higher[name]):
                        rule = f"must be at most {above} {higher[name]}"
                        yield f"spec.limits[{index}].{key}.{name} {rule}, got {lower[name]}"


def _network(spec: Mapping[str, Any]) -> Iterator[str]:
    for way, peers in (("ingress", "from"), ("egress", "to")):
        for index, rule in enumerate(spec.get(way) or ()):
            for number, peer in enumerate(rule.get(peers) or ()):
                cidr = (peer.get("ipBlock") or {}).get("cidr")
                if isinstance(cidr, str) and not _is_network(cidr):
                    at = f"spec.{way}[{index}].{peers}[{number}].ipBlock.cidr"
                    yield f"{at} must be a CIDR such as 10.20.0.0/16, got {cidr!r}"


def _role(manifest: Mapping[str, Any]) -> Iterator[str]:
    for index, rule in enumerate(manifest.get("rules") or ()):
        for key in ("verbs", "apiGroups", "resources"):
            if not rule.get(key):
                yield f"rules[{index}].{key} must name at least one, got {rule.get(key)}"


def _binding(manifest: Mapping[str, Any]) -> Iterator[str]:
    referred = manifest["roleRef"]
    if referred.get("apiGroup", RBAC) != RBAC:
        yield f"roleRef.apiGroup must be {RBAC}, got {referred['apiGroup']!r}"
    if referred.get("kind") not in {"Role", "ClusterRole"}:
        yield f"roleRef.kind must be Role or ClusterRole, got {referred.get('kind')!r}"
    for index, one in enumerate(manifest.get("subjects") or ()):
        kind, group = one.get("kind"), one.get("apiGroup")
        wanted = "" if kind == "ServiceAccount" else RBAC
        if kind not in {"ServiceAccount", "User", "Group"}:
            yield f"subjects[{index}].kind must be ServiceAccount, User or Group, got {kind!r}"
        elif group is not None and group != wanted:
            yield f"subjects[{index}].apiGroup must be {wanted!r} of a {kind}, got {group!r}"
        if kind == "ServiceAccount" and not one.get("namespace"):
            yield f"subjects[{index}].namespace must be given of a ServiceAccount, got None"


def _pod(spec: Mapping[str, Any], path: str) -> Iterator[str]:
    volumes = spec.get("volumes") or ()
    known = [one.get("name") for one in volumes]
    yield from _twice(known, f"{path}.volumes", "name")
    for index, volume in enumerate(volumes):
        for source in (volume.get("projected") or {}).get("sources") or ():
            seconds = (source.get("serviceAccountToken") or {}).get("expirationSeconds")
            if isinstance(seconds, int) and seconds < TOKEN_SECONDS:
                at = f"{path}.volumes[{index}].projected.serviceAccountToken.expirationSeconds"
                yield f"{at} must be at least {TOKEN_SECONDS}, got {seconds}"
    if not spec.get("containers"):
        yield f"{path}.containers must hold one at least, got none"
    everyone = list(containers(spec, path))
    yield from _twice([one.get("name") for _, one in everyone], f"{path}.containers", "name")
    grace = spec.get("terminationGracePeriodSeconds", _GRACE_SECONDS)
    for inner, container in everyone:
        name = container.get("name")
        if isinstance(name, str) and not is_label(name):
            yield f"{inner}.name must be a label of RFC 1123, got {name!r}"
        yield from _mounts(container, inner, known)
        for index, port in enumerate(container.get("ports") or ()):
            yield from _port(port.get("containerPort"), f"{inner}.ports[{index}].containerPort")
            named = port.get("name")
            if isinstance(named, str) and not _is_port_name(named):
                rule = f"must be at most {_PORT_NAME_LENGTH} of a-z, 0-9 and single hyphens within"
                yield f"{inner}.ports[{index}].name {rule}, a letter among them, got {named!r}"
        sleep = (((container.get("lifecycle") or {}).get("preStop") or {}).get("sleep") or {}).get(
            "seconds"
        )
        if isinstance(sleep, int) and isinstance(grace, int) and not 0 <= sleep <= grace:
            rule = f"must be 0-{grace}, within terminationGracePeriodSeconds"
            yield f"{inner}.lifecycle.preStop.sleep.seconds {rule}, got {sleep}"


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


def _port(port: object, path: str) -> Iterator[str]:
    if isinstance(port, int) and port not in _PORTS:
        yield f"{path} must be 1-65535, got {port}"


def _is_port_name(name: str) -> bool:
    return len(name) <= _PORT_NAME_LENGTH and _PORT_NAME.fullmatch(name) is not None


def _is_network(cidr: str) -> bool:
    try:
        # Bits beyond the length are taken by API servers, with a warning by newer ones.
        return "/" in cidr and bool(ipaddress.ip_network(cidr, strict=False))
    except ValueError:
        return False


def _number(amount: object) -> Any:  # noqa: ANN401 - a number to compare with
    try:
        return quantity(str(amount))
    except ValueError:  # the schema's to tell, or not known yet
        return 0


_BY_KIND: Final[Mapping[str, Callable[[Mapping[str, Any]], Iterator[str]]]] = {
    "Deployment": _deployment,
    "HorizontalPodAutoscaler": _scaler,
    "Job": _job,
    "LimitRange": _limits,
    "NetworkPolicy": _network,
    "PodDisruptionBudget": _budget,
    "ResourceQuota": _quota,
    "Role": _role,
    "RoleBinding": _binding,
    "Service": _service,
}
