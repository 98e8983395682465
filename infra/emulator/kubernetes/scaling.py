"""Autoscalers and disruption budgets, as far as they act without load and without drains."""

from __future__ import annotations

import contextlib

from infra.emulator.kubernetes.admission import POD
from infra.emulator.kubernetes.owned import DEPLOYMENT, Owned, is_ready, phase
from infra.emulator.kubernetes.refusal import Refused
from infra.emulator.kubernetes.store import Manifest, Store
from infra.kubernetes.kinds import BY_MANIFEST
from infra.kubernetes.selectors import matches

SCALER = BY_MANIFEST["autoscaling/v2", "HorizontalPodAutoscaler"]
BUDGET = BY_MANIFEST["policy/v1", "PodDisruptionBudget"]


class Scalers:
    """Keeps a deployment within its bounds; nothing here measures CPU."""

    def __init__(self, owned: Owned) -> None:
        self._owned = owned

    def reconcile(self, scaler: Manifest) -> None:
        """Bring the deployment into the range, and tell how many pods it has."""
        spec, namespace = scaler["spec"], scaler["metadata"]["namespace"]
        with contextlib.suppress(Refused):
            target = self._owned.store.get(DEPLOYMENT, namespace, spec["scaleTargetRef"]["name"])
            now = target["spec"].get("replicas", 1)
            wanted = min(max(now, spec.get("minReplicas", 1)), spec["maxReplicas"])
            if wanted != now:
                target["spec"]["replicas"] = wanted
                target["metadata"].pop("resourceVersion")
                self._owned.writes.replace(DEPLOYMENT, target)
            current = (target.get("status") or {}).get("replicas", 0)
            self._owned.tell(scaler, SCALER, currentReplicas=current, desiredReplicas=wanted)


class Budgets:
    """Counts how many pods may be evicted now."""

    def __init__(self, owned: Owned) -> None:
        self._owned = owned

    def reconcile(self, budget: Manifest) -> None:
        """Tell how many of the pods are ready, and how many need to be."""
        expected, healthy, needed = health(self._owned.store, budget)
        self._owned.tell(
            budget,
            BUDGET,
            observedGeneration=budget["metadata"]["generation"],
            expectedPods=expected,
            currentHealthy=healthy,
            desiredHealthy=needed,
            disruptionsAllowed=max(0, healthy - needed),
        )


def health(store: Store, budget: Manifest) -> tuple[int, int, int]:
    """Return how many pods a budget is about, how many are ready, and how many have to be.

    It is about as many as their deployments want, those that are still to come among them.
    """
    spec, namespace = budget["spec"], budget["metadata"]["namespace"]
    pods = [
        one
        for one in store.list(POD, namespace)
        if matches(spec["selector"], one["metadata"].get("labels") or {})
        and phase(one) not in {"Succeeded", "Failed"}
    ]
    owners = [_deployment(one) for one in pods]
    wanted = [
        one["spec"].get("replicas", 1)
        for one in store.list(DEPLOYMENT, namespace)
        if one["metadata"]["name"] in owners
    ]
    expected = sum(wanted) + owners.count(None)
    if "maxUnavailable" in spec:
        needed = max(0, expected - _count(spec["maxUnavailable"], expected))
    else:
        needed = _count(spec.get("minAvailable", 1), expected)
    return expected, sum(is_ready(one) for one in pods), needed


def _deployment(pod: Manifest) -> str | None:
    """Return the name of the deployment that a pod is of; ``None`` of none."""
    owners = pod["metadata"].get("ownerReferences") or ()
    return next((ref["name"] for ref in owners if ref["kind"] == DEPLOYMENT.name), None)


def _count(value: int | str, of: int) -> int:
    return value if isinstance(value, int) else -(-int(value.removesuffix("%")) * of // 100)
