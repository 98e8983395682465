"""What makes objects come true: one loop for each kind that starts others."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

from infra.emulator.context import Context
from infra.emulator.kubernetes import admission
from infra.emulator.kubernetes.deployments import Deployments
from infra.emulator.kubernetes.jobs import Jobs
from infra.emulator.kubernetes.kubelet import Kubelet
from infra.emulator.kubernetes.operators import InferenceServices, TrainJobs
from infra.emulator.kubernetes.owned import Owned
from infra.emulator.kubernetes.refusal import Refused
from infra.emulator.kubernetes.scaling import Budgets, Scalers
from infra.emulator.kubernetes.store import Manifest, Store
from infra.kubernetes.kinds import BY_MANIFEST, Kind

POD: Final = admission.POD


class Controllers:
    """Looks at an object whenever it, or what it owns, has changed; one thread, so no two race."""

    def __init__(self, context: Context, store: Store, kubelet: Kubelet) -> None:
        self._context, self._store, self._kubelet = context, store, kubelet
        self._queue: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        kubelet.changed = self._of_pod
        owned = Owned(store, self)
        self._loops: dict[str, Callable[[Manifest], None]] = {
            "Deployment": Deployments(owned).reconcile,
            "Job": Jobs(owned).reconcile,
            "HorizontalPodAutoscaler": Scalers(owned).reconcile,
            "PodDisruptionBudget": Budgets(owned).reconcile,
            "TrainJob": TrainJobs(owned).reconcile,
            "InferenceService": InferenceServices(owned).reconcile,
        }
        self._thread = threading.Thread(target=self._run, name="controllers", daemon=True)
        self._thread.start()

    def create(self, kind: Kind, manifest: Mapping[str, Any]) -> Manifest:
        """Keep an object that admission lets in, and have it looked at.

        Raises:
            Refused: it is refused, or there is one of its name.
        """
        with self._store.lock:
            made = self._store.create(kind, admission.admit(self._store, kind, dict(manifest)))
        if kind is POD:
            self._kubelet.start(made)
        self.changed(made)
        return made

    def replace(self, kind: Kind, manifest: Mapping[str, Any]) -> Manifest:
        """Change an object, and have it looked at.

        Raises:
            Refused: it is not there, or has been changed by somebody else.
        """
        own = manifest["metadata"]
        with self._store.lock:
            before = self._store.get(kind, own.get("namespace"), own["name"])
            made = self._store.replace(kind, manifest)
        if made["metadata"]["resourceVersion"] != before["metadata"]["resourceVersion"]:
            self.changed(made)
        return made

    def remove(self, kind: Kind, namespace: str | None, name: str) -> Manifest:
        """Remove an object with all that it owns, or that lies in it.

        Raises:
            Refused: it is not there.
        """
        with self._store.lock:
            found = self._store.remove(kind, namespace, name)
            if kind is POD:
                self._kubelet.end(found)
            if kind is admission.NAMESPACE:
                for group, plural, home, inside in self._store.within(name):
                    within = next(
                        one
                        for one in BY_MANIFEST.values()
                        if (one.group, one.plural) == (group, plural)
                    )
                    with contextlib.suppress(Refused):
                        self.remove(within, home, inside)
            else:
                self._orphans(found)
        self._owners_of(found)
        return found

    def changed(self, manifest: Manifest) -> None:
        """Have an object looked at, and those that own it."""
        loop = self._loops.get(manifest["kind"])
        if loop is not None:
            self._later(manifest, loop)
        self._owners_of(manifest)
        if manifest["kind"] in {"Deployment", "Pod"}:
            for kind in ("HorizontalPodAutoscaler", "PodDisruptionBudget"):
                known = next(one for one in BY_MANIFEST.values() if one.name == kind)
                for one in self._store.list(known, manifest["metadata"].get("namespace")):
                    self._later(one, self._loops[kind])

    def stop(self) -> None:
        """Look at nothing more."""
        self._queue.put(None)
        self._thread.join(5)

    def _of_pod(self, pod: Manifest) -> None:
        with contextlib.suppress(Refused):
            own = pod["metadata"]
            self.changed(self._store.get(POD, own["namespace"], own["name"]))

    def _owners_of(self, manifest: Manifest) -> None:
        for owner in manifest["metadata"].get("ownerReferences") or ():
            kind = BY_MANIFEST[owner["apiVersion"], owner["kind"]]
            with contextlib.suppress(Refused):
                found = self._store.get(kind, manifest["metadata"]["namespace"], owner["name"])
                self._later(found, self._loops[kind.name])

    def _orphans(self, owner: Manifest) -> None:
        namespace = owner["metadata"].get("namespace")
        for kind in BY_MANIFEST.values():
            for one in self._store.list(kind, namespace) if namespace else ():
                owners = one["metadata"].get("ownerReferences") or ()
                if any(ref["uid"] == owner["metadata"]["uid"] for ref in owners):
                    with contextlib.suppress(Refused):
                        self.remove(kind, namespace, one["metadata"]["name"])

    def _later(self, manifest: Manifest, loop: Callable[[Manifest], None]) -> None:
        kind = BY_MANIFEST[manifest["apiVersion"], manifest["kind"]]
        own = manifest["metadata"]
        done = threading.Event()

        def look() -> None:
            try:
                # As it is now: the state that was told of may be an old one.
                with contextlib.suppress(Refused):
                    loop(self._store.get(kind, own.get("namespace"), own["name"]))
            finally:
                done.set()

        self._queue.put(look)
        self._context.work.submit(f"{kind.name} {own['name']}", done.wait, 30)

    def _run(self) -> None:
        while (look := self._queue.get()) is not None:
            look()
