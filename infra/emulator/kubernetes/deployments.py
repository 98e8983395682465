"""Deployments: pods of the newest template take over as they become ready."""

from __future__ import annotations

from typing import Any

from infra.emulator.kubernetes.admission import POD
from infra.emulator.kubernetes.owned import DEPLOYMENT, Owned, digest, is_ready, phase, said
from infra.emulator.kubernetes.refusal import Refused
from infra.emulator.kubernetes.store import Manifest, condition

HASH = "pod-template-hash"


class Deployments:
    """Rolls one template over to the next: surge, wait, take away. No ReplicaSets between."""

    def __init__(self, owned: Owned) -> None:
        self._owned = owned

    def reconcile(self, deployment: Manifest) -> None:
        """Take the next step towards what is declared, and tell how far it got."""
        spec = deployment["spec"]
        wanted = spec.get("replicas", 1)
        name = digest(spec["template"])
        surge, unavailable = _rolling(spec, wanted)
        pods = [one for one in self._owned.of(deployment, POD) if phase(one) != "Failed"]
        new = [one for one in pods if one["metadata"]["labels"].get(HASH) == name]
        old = [one for one in pods if one not in new]
        refused = ""
        while len(new) < wanted and len(new) + len(old) < wanted + surge and not refused:
            try:
                labels = {HASH: name}
                base = f"{deployment['metadata']['name']}-{name}"
                new.append(self._owned.pod(deployment, spec["template"], name=base, labels=labels))
            except Refused as refusal:
                refused = str(refusal)
        ready = [one for one in (*new, *old) if is_ready(one)]
        spare = max(0, len(ready) - (wanted - unavailable))
        for one in [*(p for p in old if not is_ready(p)), *(p for p in old if is_ready(p))]:
            if is_ready(one):
                if not spare:
                    break
                spare -= 1
            elif not any(is_ready(p) for p in new) and wanted:
                continue
            self._remove(one)
            old.remove(one)
        for one in new[wanted:]:
            self._remove(one)
        self._tell(deployment, new[:wanted], old, refused)

    def _remove(self, pod: Manifest) -> None:
        own = pod["metadata"]
        self._owned.writes.remove(POD, own["namespace"], own["name"])

    def _tell(
        self, deployment: Manifest, new: list[Manifest], old: list[Manifest], refused: str
    ) -> None:
        wanted = deployment["spec"].get("replicas", 1)
        ready = sum(is_ready(one) for one in (*new, *old))
        done = len(new) == wanted and all(map(is_ready, new)) and not old
        broken = next((said(one) for one in new if "exit" in said(one) or "Err" in said(one)), "")
        failed = next(
            (
                said(one)
                for one in self._owned.of(deployment, POD)
                if phase(one) == "Failed" and said(one)
            ),
            "",
        )
        why = refused or broken or failed
        now = self._owned.store.now()
        progressing = (
            condition("Progressing", "True", "NewReplicaSetAvailable", "", now)
            if done
            else condition("Progressing", "False", "ProgressDeadlineExceeded", why, now)
            if why
            else condition("Progressing", "True", "ReplicaSetUpdated", "", now)
        )
        conditions = [
            condition("Available", str(ready >= wanted), "MinimumReplicasAvailable", "", now),
            progressing,
        ]
        if refused:
            conditions.append(condition("ReplicaFailure", "True", "FailedCreate", refused, now))
        self._owned.tell(
            deployment,
            DEPLOYMENT,
            observedGeneration=deployment["metadata"]["generation"],
            replicas=len(new) + len(old),
            updatedReplicas=len(new),
            readyReplicas=ready,
            availableReplicas=ready,
            unavailableReplicas=max(0, wanted - ready),
            conditions=conditions,
        )


def _rolling(spec: dict[str, Any], wanted: int) -> tuple[int, int]:
    """Return how many pods may be too many, and how many may be missing, in a rollout."""
    rolling = (spec.get("strategy") or {}).get("rollingUpdate") or {}
    if (spec.get("strategy") or {}).get("type") == "Recreate":
        return 0, wanted
    surge = _share(rolling.get("maxSurge", "25%"), wanted, up=True)
    return surge, _share(rolling.get("maxUnavailable", "25%"), wanted, up=False)


def _share(value: int | str, of: int, *, up: bool) -> int:
    if isinstance(value, int):
        return value
    exact = int(value.removesuffix("%")) * of
    return -(-exact // 100) if up else exact // 100
