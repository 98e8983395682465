"""Autoscalers and disruption budgets, as far as they act without load and without drains."""

from __future__ import annotations

import contextlib

from infra.emulator.kubernetes.admission import POD
from infra.emulator.kubernetes.owned import DEPLOYMENT, Owned, is_ready
from infra.emulator.kubernetes.refusal import Refused
from infra.emulator.kubernetes.selectors import matches
from infra.emulator.kubernetes.store import Manifest
from infra.kubernetes.kinds import BY_MANIFEST

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
        spec, namespace = budget["spec"], budget["metadata"]["namespace"]
        pods = [
            one
            for one in self._owned.store.list(POD, namespace)
            if matches(spec["selector"], one["metadata"].get("labels") or {})
        ]
        ready = sum(is_ready(one) for one in pods)
        if "maxUnavailable" in spec:
            needed = max(0, len(pods) - _count(spec["maxUnavailable"], len(pods)))
        else:
            needed = _count(spec.get("minAvailable", 0), len(pods))
        self._owned.tell(
            budget,
            BUDGET,
            expectedPods=len(pods),
            currentHealthy=ready,
            desiredHealthy=needed,
            disruptionsAllowed=max(0, ready - needed),
        )


def _count(value: int | str, of: int) -> int:
    return value if isinstance(value, int) else -(-int(value.removesuffix("%")) * of // 100)
