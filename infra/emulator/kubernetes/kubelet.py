"""The one node: runs pods as processes of this machine, however many GPUs they ask for."""

from __future__ import annotations

import contextlib
import itertools
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from infra.emulator.context import Context
from infra.emulator.kubernetes.admission import POD
from infra.emulator.kubernetes.pod import Pod
from infra.emulator.kubernetes.store import Manifest, Store
from infra.emulator.kubernetes.tokens import Tokens

log = logging.getLogger(__name__)


class Kubelet:
    """Starts pods that were created, ends those that were deleted."""

    def __init__(self, context: Context, store: Store, tokens: Tokens, home: Path) -> None:
        self.changed: Callable[[Manifest], None] = lambda _: None
        """Told of every pod whose status has changed."""
        self._context, self._store, self._tokens, self._home = context, store, tokens, home
        self._running: dict[str, Pod] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def start(self, manifest: Manifest) -> None:
        """Run a pod in the background: work under way until it is ready, or has ended."""
        own = manifest["metadata"]
        pod = Pod(
            self._context,
            manifest,
            home=self._home / str(next(self._numbers)),
            token=lambda audience, seconds: self._tokens.sign(
                own["namespace"],
                manifest["spec"].get("serviceAccountName", "default"),
                [audience],
                seconds,
            ),
            tell=lambda status: self._tell(manifest, status),
        )
        with self._lock:
            self._running[own["uid"]] = pod
        self._context.work.submit(f"pod {own['namespace']}/{own['name']}", pod.run)

    def end(self, manifest: Manifest) -> None:
        """End a pod that was deleted, once what it answers is answered."""
        with self._lock:
            pod = self._running.pop(manifest["metadata"]["uid"], None)
        if pod is not None:
            self._context.work.submit(f"end of pod {manifest['metadata']['name']}", pod.stop)

    def address(self, uid: str, port: int) -> int | None:
        """Return the port of this machine at which a pod's port answers."""
        with self._lock:
            pod = self._running.get(uid)
        return None if pod is None else pod.ports.get(port)

    def stop(self) -> None:
        """End every pod."""
        with self._lock:
            pods, self._running = list(self._running.values()), {}
        for pod in pods:
            pod.stop()

    def _tell(self, manifest: Manifest, status: dict[str, Any]) -> None:
        own = manifest["metadata"]
        self._store.tell(POD, own["namespace"], own["name"], **status)
        with contextlib.suppress(RuntimeError):  # the emulator is stopping
            self.changed(manifest)
