"""Child processes that cannot outlive the emulator.

Each child leads a process group of its own, so that what it starts ends with it, and on Linux asks
the kernel to be killed when the thread that started it ends. Since that would kill a child started
from a short-lived thread, children are started from one thread that lives as long as the process.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import queue
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import psutil

_PR_SET_PDEATHSIG = 1

_alive: weakref.WeakSet[subprocess.Popen[bytes]] = weakref.WeakSet()
_allowed = threading.Event()
_allowed.set()
_registering = threading.Lock()


def _libc() -> Callable[[int, int], int] | None:
    if not sys.platform.startswith("linux"):
        return None
    function = ctypes.CDLL(None, use_errno=True).prctl
    return lambda option, value: int(function(option, value, 0, 0, 0))


_prctl = _libc()


def die_with_parent() -> None:
    """Ask the kernel to kill this process once its parent's starting thread ends; Linux only."""
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class _Starter:
    """Starts children from one thread: see the module's docstring."""

    def __init__(self) -> None:
        self._orders: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def __call__(self, make: Callable[[], subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
        future: Future[subprocess.Popen[bytes]] = Future()
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._serve, name="starter", daemon=True)
                self._thread.start()
        self._orders.put((future, make))
        return future.result()

    def _serve(self) -> None:
        while True:
            future, make = self._orders.get()
            try:
                future.set_result(make())
            except BaseException as error:  # noqa: BLE001 - handed to the caller's thread
                future.set_exception(error)


_start = _Starter()


def start(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    cwd: Path | None = None,
    **pipes: Any,  # noqa: ANN401 - as Popen takes them
) -> subprocess.Popen[bytes]:
    """Start a child that leads its own process group; ``pipes`` go to ``subprocess.Popen``.

    Raises:
        OSError: the program cannot be run.
        InterruptedError: the emulator is stopping.
    """
    with _registering:
        if not _allowed.is_set():
            raise InterruptedError("the emulator is stopping and starts no process")
        process = _start(
            lambda: subprocess.Popen(  # noqa: S603 - running commands is what it is for
                command,
                env=dict(environment),
                cwd=cwd,
                start_new_session=True,
                preexec_fn=die_with_parent if _prctl is not None else None,  # noqa: PLW1509 - one call
                **pipes,
            )
        )
        _alive.add(process)
        return process


def allow() -> None:
    """Let children be started again after :func:`kill_all`."""
    _allowed.set()


def kill_all() -> None:
    """Kill every child that still runs, and start no more: the emulator is stopping."""
    with _registering:
        _allowed.clear()
        left = [process for process in _alive if process.poll() is None]
    for process in left:
        kill(process)


def kill(process: subprocess.Popen[bytes], *, grace_seconds: float = 0.0) -> None:
    """End the child and all it started: SIGTERM first where there is grace, then SIGKILL."""
    if grace_seconds > 0 and process.poll() is None:
        _signal(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace_seconds)
    _signal(process.pid, signal.SIGKILL)
    process.wait()


def is_alive(pid: int) -> bool:
    """Tell whether a process runs under that id; one that ended and was not waited for does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _signal(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
