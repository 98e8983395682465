"""What a stack has on a Kubernetes cluster: pods that stand, and what roles there permit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from infra.plan._policies import Permission, statement
from infra.plan._runs import counted
from infra.plan._values import items, mapping, text, whole

Held = tuple[str, str, Mapping[str, Any]]
"""Type, logical name and inputs of a resource."""
DEPLOYMENT: Final = "kubernetes:apps/v1:Deployment"
INFERENCE: Final = "kubernetes:serving.kserve.io/v1beta1:InferenceService"
SCALER: Final = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
_RBAC: Final = "kubernetes:rbac.authorization.k8s.io/v1:"
ROLES: Final = {f"{_RBAC}Role": "Role", f"{_RBAC}ClusterRole": "ClusterRole"}
BINDINGS: Final = {f"{_RBAC}RoleBinding", f"{_RBAC}ClusterRoleBinding"}
GPU: Final = "nvidia.com/gpu"

Pods = tuple[str, str, int | None, int | None, int | None]
"""Name, what each asks for, the least and the most that stand, GPUs of each."""


def pods(held: Sequence[Held]) -> Iterator[Pods]:
    """Yield the pods that answer for as long as they are declared; ``None`` is not known."""
    bounds = {
        (_home(inputs), text(target.get("kind")), text(target.get("name"))): mapping(
            inputs.get("spec")
        )
        for token, _, inputs in held
        if token == SCALER
        for target in [mapping(mapping(inputs.get("spec")).get("scaleTargetRef"))]
    }
    for token, name, inputs in held:
        spec = mapping(inputs.get("spec"))
        if token == DEPLOYMENT:
            own = text(mapping(inputs.get("metadata")).get("name"))
            least = most = counted(spec.get("replicas", 1))
            if bound := bounds.get((_home(inputs), "Deployment", own)):
                least = counted(bound.get("minReplicas", 1))
                most = counted(bound.get("maxReplicas"))
            pod = mapping(mapping(spec.get("template")).get("spec"))
        elif token == INFERENCE:
            pod = mapping(spec.get("predictor"))
            least = counted(pod.get("minReplicas", 1))
            most = counted(pod.get("maxReplicas", least))
        else:
            continue
        asked = [mapping(mapping(one).get("resources")) for one in items(pod.get("containers"))]
        yield name, _size(asked), least, most, _gpus(asked)


def _size(asked: Sequence[Mapping[str, Any]]) -> str:
    """Return what the containers of a pod request, in their own words."""
    told = []
    for one in asked:
        amounts = {**mapping(one.get("limits")), **mapping(one.get("requests"))}
        words = [f"{text(amounts[key])} {key}" for key in ("cpu", "memory") if key in amounts]
        told.append(" ".join(words) or "no request")
    return whole(" + ".join(told)) or "no container"


def _gpus(asked: Sequence[Mapping[str, Any]]) -> int | None:
    found = [counted(mapping(one.get("limits")).get(GPU, 0)) for one in asked]
    return None if None in found else sum(one or 0 for one in found)


def permits(held: Sequence[Held]) -> Iterator[tuple[tuple[str, str], frozenset[Permission], str]]:
    """Yield, by kind and name, who of a cluster may do what, and the role that only it knows.

    A role that nobody is bound to permits nothing.
    """
    known = {
        (ROLES[token], _home(inputs) if ROLES[token] == "Role" else "", _name(inputs)): inputs
        for token, _, inputs in held
        if token in ROLES
    }
    for token, _, inputs in held:
        if token not in BINDINGS:
            continue
        home, named = _home(inputs), mapping(inputs.get("roleRef"))
        kind, name = text(named.get("kind")), text(named.get("name"))
        role = known.get((kind, home if kind == "Role" else "", name))
        rules = items(mapping(role).get("rules"))
        said = frozenset(one for rule in rules for one in _said(mapping(rule), home))
        other = "" if role is not None else whole(f"{kind} {name} in {home or 'the cluster'}")
        for subject in items(inputs.get("subjects")):
            one = mapping(subject)
            who = text(one.get("name"))
            if one.get("kind") == "ServiceAccount":
                who = f"{text(one.get('namespace') or home)}/{who}"
            called = f"cluster {text(one.get('kind') or 'subject')}".lower()
            yield (whole(called), whole(who)), said, other


def _said(rule: Mapping[str, Any], home: str) -> Iterator[Permission]:
    verbs = [f"kubernetes:{text(verb)}" for verb in items(rule.get("verbs"))]
    # A colon, since pods do not take in pods/exec.
    names = [text(one) for one in items(rule.get("resourceNames"))] or ["*"]
    resources = [
        f"{home or '*'}/{text(group) or 'core'}/{text(resource)}:{name}"
        for group in items(rule.get("apiGroups"))
        for resource in items(rule.get("resources"))
        for name in names
    ]
    if verbs and resources:
        yield from statement(principal=None, action=verbs, resource=resources)


def _home(inputs: Mapping[str, Any]) -> str:
    return text(mapping(inputs.get("metadata")).get("namespace") or "")


def _name(inputs: Mapping[str, Any]) -> str:
    return text(mapping(inputs.get("metadata")).get("name") or "")
