"""One pod: its volumes, its containers one after the other, its probes, its end."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import urllib3

from infra.emulator import containers
from infra.emulator.containers import own_server
from infra.emulator.containers.images import SERVING, repository_of
from infra.emulator.containers.model import Container, ContainerError, Host
from infra.emulator.containers.process import Process
from infra.emulator.context import Context

LOG_GROUP: Final = "/kubernetes"
"""Log group of CloudWatch with the pods' logs; below it the namespace."""
RESTARTS: Final = 3
"""Of a container that ends by itself; then it is left, as Kubernetes would after some hours."""
_FOREVER: Final = 10 * 365 * 86_400.0
_OPT_ML: Final = "/opt/ml"
_PAUSE: Final = 0.02
_REGION: Final = "us-east-1"


class Pod:
    """A pod's containers as processes; each sees one ``/opt/ml``, which volumes lie in."""

    def __init__(
        self,
        context: Context,
        manifest: Mapping[str, Any],
        *,
        home: Path,
        token: Callable[[str, int], str],
        tell: Callable[[dict[str, Any]], None],
    ) -> None:
        self._context, self._home, self._token, self._tell = context, home, token, tell
        self._own, self._spec = manifest["metadata"], manifest["spec"]
        self._processes: list[Process] = []
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._restarts = 0
        self.ports: dict[int, int] = {
            port["containerPort"]: _free_port()
            for container in self._spec["containers"]
            for port in container.get("ports") or ()
        }
        """By port of a container, the one of this machine."""

    def run(self) -> None:
        """Run it until it is ready, or has ended; what answers goes on in the background."""
        self._told("Pending")
        try:
            mounts = self._volumes()
            for container in self._spec.get("initContainers") or ():
                code, reason = self._once(container, mounts)
                if code:
                    self._told("Failed", reason=f"init container {container['name']}: {reason}")
                    return
            self._main(mounts)
        except ContainerError as error:
            self._told("Failed", reason=f"ErrImagePull: {error}")
        except InterruptedError:
            self._told("Failed", reason="the emulator is stopping")

    def stop(self) -> None:
        """End its processes, with the grace that it asks for, and remove what it had."""
        with self._lock:
            self._stopped.set()
            running = [one for one in self._processes if one.running()]
        for process in running:
            process.terminate()
        shutil.rmtree(self._home, ignore_errors=True)

    # -- containers ----------------------------------------------------------------------------

    def _main(self, mounts: Mapping[str, Path]) -> None:
        (container, *others) = self._spec["containers"]
        if others:
            raise ContainerError("a pod must have one container here, got several")
        self._told("Running")
        server = "readinessProbe" in container or "startupProbe" in container
        while not self._stopped.is_set():
            process = self._start(container, mounts)
            if server:
                if self._becomes_ready(container, process):
                    self._told("Running", ready=True)
                    threading.Thread(
                        target=self._watch, args=(process, mounts), daemon=True
                    ).start()
                    return
                process.terminate()
            ended = process.wait()
            if not self._again(ended.code, ended.tail):
                return

    def _again(self, code: int, tail: tuple[str, ...]) -> bool:
        """Tell whether a container that ended starts once more; if not, how the pod ended."""
        policy = self._spec.get("restartPolicy", "Always")
        said = " | ".join(line for line in tail[-3:] if line.strip())
        if self._stopped.is_set():
            return False
        if policy == "Never" or (policy == "OnFailure" and code == 0):
            self._told("Succeeded" if code == 0 else "Failed", reason=f"exit {code}: {said}")
            return False
        self._restarts += 1
        if self._restarts > RESTARTS:
            self._told("Running", reason=f"CrashLoopBackOff: exit {code}: {said}")
            return False
        return True

    def _watch(self, process: Process, mounts: Mapping[str, Path]) -> None:
        """Wait for the end of a server; start another one."""
        ended = process.wait()
        if self._stopped.is_set():
            return
        self._told("Running", reason=f"exit {ended.code}")
        if self._again(ended.code, ended.tail):
            self._context.work.submit(f"pod {self._own['name']}", self._main, mounts)

    def _once(self, container: Mapping[str, Any], mounts: Mapping[str, Path]) -> tuple[int, str]:
        ended = self._start(container, mounts).wait()
        return ended.code, f"exit {ended.code}: {' | '.join(ended.tail[-3:])}"

    def _start(self, container: Mapping[str, Any], mounts: Mapping[str, Path]) -> Process:
        command = [*(container.get("command") or ()), *(container.get("args") or ())]
        ours: dict[str, str] = {}
        if repository_of(container["image"]) == SERVING:
            ours = own_server.write(self._home / "image")
            command = command or list(own_server.COMMAND)
        with self._lock:
            if self._stopped.is_set():
                raise InterruptedError
            process = containers.runner(self._context).start(
                Container(
                    image=container["image"],
                    command=tuple(self._placed(one, mounts) for one in command),
                    environment={**self._environment(container, mounts), **ours},
                    opt_ml=self._home / "ml",
                    log_group=f"{LOG_GROUP}/{self._own['namespace']}",
                    log_stream=f"{self._own['name']}/{container['name']}",
                    timeout_seconds=float(self._spec.get("activeDeadlineSeconds") or _FOREVER),
                    role_arn="",
                    region=_REGION,
                    grace_seconds=float(
                        min(self._spec.get("terminationGracePeriodSeconds", 30), 5)
                    ),
                    host=self._host(),
                )
            )
            self._processes.append(process)
        return process

    def _environment(
        self, container: Mapping[str, Any], mounts: Mapping[str, Path]
    ) -> dict[str, str]:
        """Return the container's variables; one whose value is its port gets this machine's."""
        ports = {str(inside): str(outside) for inside, outside in self.ports.items()}
        found = {}
        for one in container.get("env") or ():
            value = one.get("value") if "value" in one else self._downward(one.get("valueFrom"))
            found[one["name"]] = self._placed(ports.get(value, value), mounts)
        return found

    def _downward(self, source: Mapping[str, Any] | None) -> str:
        path = ((source or {}).get("fieldRef") or {}).get("fieldPath", "")
        for prefix, held in (("labels", "labels"), ("annotations", "annotations")):
            if path.startswith(f"metadata.{prefix}['"):
                key = path.removeprefix(f"metadata.{prefix}['").removesuffix("']")
                return str((self._own.get(held) or {}).get(key, ""))
        if path.startswith("metadata."):
            return str(self._own.get(path.removeprefix("metadata."), ""))
        raise ContainerError(f"env valueFrom is not emulated but for metadata, got {source}")

    # -- volumes and network -------------------------------------------------------------------

    def _volumes(self) -> dict[str, Path]:
        """Make the pod's volumes, and return by path what lies outside of ``/opt/ml``."""
        found: dict[str, Path] = {}
        volumes = {one["name"]: one for one in self._spec.get("volumes") or ()}
        everyone = [*(self._spec.get("initContainers") or ()), *self._spec["containers"]]
        for mount in (one for container in everyone for one in container.get("volumeMounts") or ()):
            path = mount["mountPath"].rstrip("/")
            if path == "/tmp":  # noqa: S108 - every process has this machine's
                continue
            inside = path == _OPT_ML or path.startswith(f"{_OPT_ML}/")
            folder = (
                self._home / "ml" / path.removeprefix(_OPT_ML).lstrip("/")
                if inside
                else self._home / "volumes" / mount["name"]
            )
            folder.mkdir(parents=True, exist_ok=True)
            if not inside:
                found[path] = folder
            for source in (volumes[mount["name"]].get("projected") or {}).get("sources") or ():
                self._project(source, folder)
        return found

    def _project(self, source: Mapping[str, Any], folder: Path) -> None:
        if (asked := source.get("serviceAccountToken")) is None:
            raise ContainerError(f"volume source is not emulated: {sorted(source)}")
        seconds = asked.get("expirationSeconds", 3600)
        (folder / asked["path"]).write_text(
            self._token(asked.get("audience", "kubernetes"), seconds)
        )

    @staticmethod
    def _placed(text: str, mounts: Mapping[str, Path]) -> str:
        """Return a text with the paths of volumes replaced by where they lie on this machine."""
        for path, folder in mounts.items():
            if text == path or text.startswith(f"{path}/"):
                return str(folder) + text.removeprefix(path)
        return text

    def _host(self) -> Host | None:
        names = self._own.get("annotations", {}).get("emulator/hosts")
        if not names or not self._spec.get("hostname"):
            return None
        path = self._home / "hosts"
        path.parent.mkdir(parents=True, exist_ok=True)
        before = Path("/etc/hosts")
        path.write_text((before.read_text() if before.is_file() else "") + names)
        return Host(name=self._spec["hostname"], names=path)

    # -- probes and status ---------------------------------------------------------------------

    def _becomes_ready(self, container: Mapping[str, Any], process: Process) -> bool:
        probe = container.get("startupProbe") or container["readinessProbe"]
        seconds = probe.get("failureThreshold", 3) * probe.get("periodSeconds", 10)
        end = time.monotonic() + seconds
        while time.monotonic() < end and process.running() and not self._stopped.is_set():
            if self._passes(container, probe):
                return True
            time.sleep(_PAUSE)
        return False

    def _passes(self, container: Mapping[str, Any], probe: Mapping[str, Any]) -> bool:
        get = probe["httpGet"]
        port = get["port"]
        if isinstance(port, str):
            named = {one.get("name"): one["containerPort"] for one in container.get("ports") or ()}
            port = named[port]
        url = f"http://127.0.0.1:{self.ports.get(port, port)}{get.get('path', '/')}"
        try:
            answer = urllib3.request("GET", url, timeout=2.0, retries=False)
        except urllib3.exceptions.HTTPError:
            return False
        return 200 <= answer.status < 400  # noqa: PLR2004 - HTTP's

    def _told(self, phase: str, *, ready: bool = False, reason: str = "") -> None:
        self._tell(
            {
                "phase": phase,
                "podIP": "127.0.0.1",
                "conditions": [{"type": "Ready", "status": str(ready)}],
                "containerStatuses": [
                    {
                        "name": one["name"],
                        "image": one["image"],
                        "imageID": one["image"],
                        "ready": ready,
                        "restartCount": self._restarts,
                    }
                    for one in self._spec["containers"]
                ],
                "message": reason,
            }
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
