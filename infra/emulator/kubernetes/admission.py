"""What is refused of an object that has the right form: namespaces, Pod Security, quotas."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from infra.emulator.kubernetes.refusal import Refused
from infra.emulator.kubernetes.store import Manifest, Store
from infra.kubernetes import pod_security
from infra.kubernetes.kinds import BY_MANIFEST, Kind
from infra.kubernetes.quantities import quantity, shown

NAMESPACE: Final = BY_MANIFEST["v1", "Namespace"]
POD: Final = BY_MANIFEST["v1", "Pod"]
QUOTA: Final = BY_MANIFEST["v1", "ResourceQuota"]
LIMITS: Final = BY_MANIFEST["v1", "LimitRange"]
SERVICE: Final = BY_MANIFEST["v1", "Service"]
_ENDED: Final = ("Succeeded", "Failed")


def admit(store: Store, kind: Kind, manifest: Manifest) -> Manifest:
    """Return a new object as it is to be kept: defaults of the namespace's limits filled in.

    Raises:
        Refused: the namespace is not there, or does not let it in.
    """
    namespace = manifest["metadata"].get("namespace")
    if not kind.namespaced:
        return manifest
    store.get(NAMESPACE, None, namespace)
    if kind is POD:
        manifest = limited(store, manifest)
        secure(store, manifest)
    if kind in {POD, SERVICE}:
        within_quota(store, kind, manifest)
    return manifest


def unchanged(kind: Kind, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """Hold an update to what may change.

    Raises:
        Refused: it changes what is fixed when an object is made.
    """
    own, paths = old["metadata"], set(kind.immutable)
    if old.get("immutable") is True:  # a ConfigMap's own word
        paths |= {"binaryData", "data", "immutable"}
    for path in sorted(paths):
        if _at(old, path) != _at(new, path):
            fault = f"{path}: Invalid value: field is immutable"
            raise Refused(
                "Invalid",
                f'{kind.name} "{own["name"]}" is invalid: {fault}',
                kind.group,
                kind.plural,
                own["name"],
                [fault],
            )


def _at(manifest: Mapping[str, Any], path: str) -> object:
    held: Any = manifest
    for step in path.split("."):
        held = held.get(step) if isinstance(held, Mapping) else None
    return held


def secure(store: Store, pod: Mapping[str, Any]) -> None:
    """Hold a pod to the level that its namespace enforces.

    Raises:
        Refused: it breaks rules of the level *restricted*.
    """
    own = pod["metadata"]
    space = store.get(NAMESPACE, None, own["namespace"])
    labels = space["metadata"].get("labels") or {}
    level = labels.get(pod_security.ENFORCE, "privileged")
    if level == "privileged":
        return
    if broken := list(pod_security.refusals(pod["spec"], "spec", own.get("annotations"))):
        version = labels.get(f"{pod_security.ENFORCE}-version", "latest")
        raise Refused(
            "Forbidden",
            f'pods "{own["name"]}" is forbidden: violates PodSecurity "{level}:{version}": '
            + "; ".join(broken),
            "",
            "pods",
            own["name"],
            broken,
        )


def limited(store: Store, pod: Manifest) -> Manifest:
    """Return a pod with the defaults of its namespace's limit ranges.

    Raises:
        Refused: a container asks for more than the most.
    """
    made = copy.deepcopy(pod)
    for limit in _container_limits(store, made["metadata"]["namespace"]):
        for container in made["spec"]["containers"]:
            asked = container.setdefault("resources", {})
            limits = {**(limit.get("default") or {}), **(asked.get("limits") or {})}
            requests = {
                **(limit.get("defaultRequest") or {}),
                **(asked.get("limits") or {}),
                **(asked.get("requests") or {}),
            }
            container["resources"] = {"limits": limits, "requests": requests}
            for name, most in (limit.get("max") or {}).items():
                if name in limits and quantity(limits[name]) > quantity(most):
                    raise Refused(
                        "Forbidden",
                        f'pods "{made["metadata"]["name"]}" is forbidden: maximum {name} usage per'
                        f" Container is {most}, but limit is {limits[name]}",
                        "",
                        "pods",
                        made["metadata"]["name"],
                    )
    return made


def _container_limits(store: Store, namespace: str) -> Iterator[Mapping[str, Any]]:
    for one in store.list(LIMITS, namespace):
        for limit in one["spec"]["limits"]:
            if limit["type"] == "Container":
                yield limit


def within_quota(store: Store, kind: Kind, manifest: Mapping[str, Any]) -> None:
    """Hold what is asked for to what the namespace's quotas have left.

    Raises:
        Refused: a quota would be exceeded, or holds a resource that is not asked for by name.
    """
    own = manifest["metadata"]
    asked = usage(kind, manifest)
    for quota in store.list(QUOTA, own["namespace"]):
        hard = {name: quantity(most) for name, most in (quota["spec"].get("hard") or {}).items()}
        where = f'{kind.plural} "{own["name"]}" is forbidden: '
        named = quota["metadata"]["name"]
        if kind is POD and (
            missing := [
                name
                for name in hard
                if name in {"requests.cpu", "requests.memory", "limits.cpu", "limits.memory"}
                and name not in asked
            ]
        ):
            raise Refused(
                "Forbidden",
                f"{where}failed quota: {named}: must specify {','.join(missing)}",
                "",
                kind.plural,
                own["name"],
            )
        used = total(store, own["namespace"])
        over = [n for n in hard if asked.get(n) and used.get(n, Decimal(0)) + asked[n] > hard[n]]
        if over:
            told = {
                "requested": {name: asked[name] for name in over},
                "used": {name: used.get(name, Decimal(0)) for name in over},
                "limited": {name: hard[name] for name in over},
            }
            raise Refused(
                "Forbidden",
                f"{where}exceeded quota: {named}, "
                + ", ".join(f"{word}: {_listed(amounts)}" for word, amounts in told.items()),
                "",
                kind.plural,
                own["name"],
            )


def total(store: Store, namespace: str) -> dict[str, Decimal]:
    """Return what the objects of a namespace use of what quotas count; pods that ended do not."""
    found: dict[str, Decimal] = {}
    for kind in (POD, SERVICE):
        for one in store.list(kind, namespace):
            if (one.get("status") or {}).get("phase") in _ENDED:
                continue
            for name, amount in usage(kind, one).items():
                found[name] = found.get(name, Decimal(0)) + amount
    return found


def usage(kind: Kind, manifest: Mapping[str, Any]) -> dict[str, Decimal]:
    """Return what one object uses of what quotas count."""
    if kind is SERVICE:
        type_ = (manifest.get("spec") or {}).get("type", "ClusterIP")
        counted = {"LoadBalancer": "services.loadbalancers", "NodePort": "services.nodeports"}
        named = {counted[type_]: Decimal(1)} if type_ in counted else {}
        return {"services": Decimal(1), **named}
    found: dict[str, Decimal] = {"pods": Decimal(1)}
    for container in manifest["spec"]["containers"]:
        asked = container.get("resources") or {}
        limits = asked.get("limits") or {}
        for group, amounts in (
            ("limits", limits),
            ("requests", {**limits, **(asked.get("requests") or {})}),
        ):
            for name, amount in amounts.items():
                key = f"{group}.{name}"
                found[key] = found.get(key, Decimal(0)) + quantity(amount)
    return found


def _listed(amounts: Mapping[str, Decimal]) -> str:
    return ",".join(f"{name}={shown(amount)}" for name, amount in sorted(amounts.items()))
