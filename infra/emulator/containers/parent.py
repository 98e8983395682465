"""The emulator's side of a warm parent: starts it, sends it requests, hears how children ended."""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import threading
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

from infra.emulator.containers import forker, shims
from infra.emulator.containers.images import Family
from infra.emulator.containers.model import Container, ContainerError, Host
from infra.emulator.containers.process import LogSink, Process

READY_SECONDS = 120.0


class WarmParent:
    """One forking parent, for the containers of one image family."""

    def __init__(
        self, family: Family, home: Path, python: Path, *, namespaces: bool = True
    ) -> None:
        self.family = family
        self._processes: dict[str, Process] = {}
        self._lock = threading.Lock()
        self._ready = threading.Event()
        self._gone = threading.Event()
        self.namespace = False
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self._connection = ours
        probe = home / "probe"
        probe.mkdir(parents=True, exist_ok=True)
        with theirs:
            self._popen = subprocess.Popen(  # noqa: S603 - an interpreter of ours, a file beside this one
                [
                    str(family.python),
                    "-I",
                    "-S",
                    str(Path(forker.__file__)),
                    str(theirs.fileno()),
                    json.dumps(
                        {
                            "packages": shims.packages(family),
                            "python": str(python),
                            "preload": family.preload,
                            "probe": str(probe) if namespaces else None,
                        }
                    ),
                ],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                cwd="/",
                env=_parent_environment(),
                start_new_session=True,
            )
        threading.Thread(target=self._listen, name=f"parent-{family.name}", daemon=True).start()

    @property
    def pid(self) -> int:
        """The parent's process id."""
        return self._popen.pid

    def alive(self) -> bool:
        """Tell whether it can fork."""
        return not self._gone.is_set()

    def wait_ready(self) -> None:
        """Wait until the family's libraries are imported.

        Raises:
            ContainerError: the parent ended or took too long.
        """
        if not self._ready.wait(READY_SECONDS) or self._gone.is_set():
            raise ContainerError(f"the {self.family.name} parent process did not start")

    def start(
        self, container: Container, command: list[str], environment: dict[str, str], sink: LogSink
    ) -> Process:
        """Fork a child for ``container``.

        Raises:
            ContainerError: the parent is gone, or this machine cannot name hosts.
        """
        self.wait_ready()
        if container.host is not None and not self.namespace:
            raise ContainerError("several hosts need mount namespaces, which are not allowed here")
        identity = uuid.uuid4().hex
        reading, writing = os.pipe()
        process = Process(container, reading, sink)
        request = json.dumps(
            {
                "id": identity,
                "command": command,
                "environment": environment,
                "opt_ml": str(container.opt_ml),
                "directory": container.working_directory,
                "namespace": self.namespace,
                "isolated": container.role_arn is None,
                "host": _host(container.host),
            }
        ).encode()
        try:
            with self._lock:
                self._processes[identity] = process
                socket.send_fds(self._connection, [struct.pack("!I", len(request))], [writing])
                self._connection.sendall(request)
        except OSError as error:
            self._processes.pop(identity, None)
            raise ContainerError(f"the {self.family.name} parent process is gone") from error
        finally:
            os.close(writing)
        return process

    def close(self) -> None:
        """End the parent and every child of it."""
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        try:
            self._popen.wait(10)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        self._gone.wait(10)

    def _listen(self) -> None:
        rest = b""
        with suppress(OSError):
            while chunk := self._connection.recv(1 << 16):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    self._hear(json.loads(line))
        self._gone.set()
        self._ready.set()
        for process in list(self._processes.values()):
            process.lost(f"the {self.family.name} parent process ended")
        self._processes.clear()
        self._connection.close()

    def _hear(self, message: dict[str, Any]) -> None:
        if "ready" in message:
            self.namespace = bool(message["namespace"])
            self._ready.set()
        elif "started" in message:
            if process := self._processes.get(message["started"]):
                process.started(int(message["pid"]))
        elif "ended" in message and (process := self._processes.pop(message["ended"], None)):
            process.ended(int(message["code"]), float(message["seconds"]))


def _host(host: Host | None) -> dict[str, Any] | None:
    if host is None:
        return None
    return {"name": host.name, "names": str(host.names), "beside": host.beside}


def _parent_environment() -> dict[str, str]:
    """Return what the libraries see while they are imported.

    One OpenBLAS thread, for a process that forks must not have started any.
    """
    kept = {
        name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ
    }
    return kept | {
        "OPENBLAS_NUM_THREADS": "1",
        "ARROW_IO_THREADS": "1",
        # An arena of memory for each thread costs a step of many threads a tenth of its time.
        "MALLOC_ARENA_MAX": "2",
        # Jobs share one machine here. Threads that spin while they wait make two fits side by side
        # take up to twenty times as long; threads that never spin slow one alone by half.
        "GOMP_SPINCOUNT": "1000",
    }
