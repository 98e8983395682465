"""Objects that others own, and the small steps that every controller takes."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from infra.emulator.kubernetes.admission import POD
from infra.emulator.kubernetes.refusal import Refused
from infra.emulator.kubernetes.store import Manifest, Store
from infra.kubernetes.kinds import BY_MANIFEST, Kind

DEPLOYMENT = BY_MANIFEST["apps/v1", "Deployment"]
JOB = BY_MANIFEST["batch/v1", "Job"]
SERVICE = BY_MANIFEST["v1", "Service"]


class Writes(Protocol):
    """Changes objects through admission."""

    def create(self, kind: Kind, manifest: Mapping[str, Any]) -> Manifest:
        """Keep a new object."""

    def replace(self, kind: Kind, manifest: Mapping[str, Any]) -> Manifest:
        """Change an object."""

    def remove(self, kind: Kind, namespace: str | None, name: str) -> Manifest:
        """Remove an object."""


class Owned:
    """What one object owns."""

    def __init__(self, store: Store, writes: Writes) -> None:
        self.store, self.writes = store, writes

    def of(self, owner: Manifest, kind: Kind) -> list[Manifest]:
        """Return the objects of a kind that another one owns."""
        uid = owner["metadata"]["uid"]
        return [
            one
            for one in self.store.list(kind, owner["metadata"]["namespace"])
            if any(ref["uid"] == uid for ref in one["metadata"].get("ownerReferences") or ())
        ]

    def settle(self, owner: Manifest, kind: Kind, manifest: Manifest) -> Manifest:
        """Make an owned object stand as told."""
        made = {"apiVersion": kind.api_version, "kind": kind.name, **manifest}
        made["metadata"] = {
            **manifest["metadata"],
            "namespace": owner["metadata"]["namespace"],
            "ownerReferences": [reference(owner)],
        }
        try:
            return self.writes.create(kind, made)
        except Refused as refused:
            if refused.reason != "AlreadyExists":
                raise
        return self.writes.replace(kind, made)

    def pod(self, owner: Manifest, template: Mapping[str, Any], **more: Any) -> Manifest:  # noqa: ANN401 - JSON
        """Create a pod from a template; ``more`` are parts of its metadata and ``spec``.

        Raises:
            Refused: admission does not let it in.
        """
        own = template.get("metadata") or {}
        base = more.pop("name", owner["metadata"]["name"])
        extra = more.pop("spec", {})
        return self.writes.create(
            POD,
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {
                    "name": f"{base}-{secrets.token_hex(3)}"[:63],
                    "namespace": owner["metadata"]["namespace"],
                    "labels": {**(own.get("labels") or {}), **more.pop("labels", {})},
                    "annotations": {
                        **(own.get("annotations") or {}),
                        **more.pop("annotations", {}),
                    },
                    "ownerReferences": [reference(owner)],
                },
                "spec": {**template["spec"], **extra},
            },
        )

    def tell(self, manifest: Manifest, kind: Kind, **status: Any) -> None:  # noqa: ANN401 - JSON
        """Add to an object's status, and let its owners know where that is news."""
        own = manifest["metadata"]
        before = manifest.get("status") or {}
        if "conditions" in status:
            status["conditions"] = _since(before.get("conditions") or (), status["conditions"])
        if any(before.get(key) != value for key, value in status.items()):
            self.store.tell(kind, own["namespace"], own["name"], **status)
            changed = getattr(self.writes, "changed", None)
            if changed is not None and own.get("ownerReferences"):
                changed({**manifest, "status": {**before, **status}})


def _since(before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Return conditions with the time since which each has been so."""
    known = {_of(one): one for one in before}
    return [dict(known.get(_of(one), one)) for one in now]


def _of(one: Mapping[str, Any]) -> tuple[str, ...]:
    return one["type"], one["status"], one["reason"], one["message"]


def reference(owner: Manifest) -> dict[str, Any]:
    """Return how an object names its owner."""
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
    }


def digest(value: object) -> str:
    """Return a short name for a template's content."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:10]


def is_ready(pod: Manifest) -> bool:
    """Tell whether a pod takes requests."""
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def phase(pod: Manifest) -> str:
    """Return where a pod is in its life."""
    return str((pod.get("status") or {}).get("phase", "Pending"))


def said(pod: Manifest) -> str:
    """Return why a pod is not ready."""
    return str((pod.get("status") or {}).get("message", ""))
