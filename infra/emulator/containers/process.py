"""A container's process as the emulator holds it: its output, its limits, its end."""

from __future__ import annotations

import logging
import os
import select
import signal
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from infra.emulator.containers.model import FAILURE_LIMIT, TAIL_LINES, Container, Exit

log = logging.getLogger(__name__)

LogSink = Callable[[list[str]], None]
FLUSH_SECONDS = 0.5
_MAX_BATCH = 1000


class Process:
    """One running container."""

    def __init__(self, container: Container, output: int, sink: LogSink) -> None:
        self.container = container
        self.pid = 0
        self._output = output
        self._sink = sink
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._ended = threading.Event()
        self._started = threading.Event()
        self._drained = threading.Event()
        self._lock = threading.Lock()
        self._code = 0
        self._seconds = 0.0
        self._error = ""
        self._timed_out = False
        self._terminated = False
        threading.Thread(target=self._read, name="container-log", daemon=True).start()

    def wait(self, timeout: float | None = None) -> Exit:
        """Wait for the end of the process and of its output; enforces the container's time limit.

        Raises:
            TimeoutError: it still runs after ``timeout`` seconds.
        """
        limit = self.container.timeout_seconds
        if timeout is not None and timeout < limit:
            if not self._ended.wait(timeout):
                raise TimeoutError(f"process {self.pid} still runs after {timeout} s")
        elif not self._ended.wait(limit):
            self._timed_out = True
            self._end_it()
            self._ended.wait()
        self._drained.wait(5)
        return Exit(
            code=self._code,
            tail=tuple(self._tail),
            seconds=self._seconds,
            timed_out=self._timed_out,
            terminated=self._terminated,
            failure=self._failure(),
        )

    def wait_started(self) -> int:
        """Wait until it has been forked; return its process id, 0 for one that never was."""
        self._started.wait(10)
        return self.pid

    def running(self) -> bool:
        """Tell whether the process has not ended yet."""
        return not self._ended.is_set()

    def terminate(self) -> None:
        """Ask the process to stop, and kill it once the container's grace has passed; waits."""
        self._terminated = True
        self._end_it()

    def started(self, pid: int) -> None:
        """Note that the fork happened."""
        self.pid = pid
        self._started.set()

    def ended(self, code: int, seconds: float) -> None:
        """Note how it ended; called once, by the parent's reader."""
        self._code, self._seconds = code, seconds
        self._started.set()
        self._ended.set()

    def lost(self, reason: str) -> None:
        """Note that the parent died, and the process with it."""
        if not self._ended.is_set():
            self._tail.append(reason)
            self.ended(128 + signal.SIGKILL, 0.0)

    def _end_it(self) -> None:
        self._started.wait(10)
        self._signal(signal.SIGTERM)
        if not self._ended.wait(self.container.grace_seconds):
            self._signal(signal.SIGKILL)
            self._ended.wait(10)

    def _signal(self, number: signal.Signals) -> None:
        if self.pid and not self._ended.is_set():
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)

    def _failure(self) -> str:
        path = self.container.opt_ml / "output" / "failure"
        try:
            return path.read_text(errors="replace").strip()[:FAILURE_LIMIT]
        except OSError:
            return ""

    def _read(self) -> None:
        pending: list[str] = []
        rest = b""
        flushed = time.monotonic()
        try:
            while True:
                ready, _, _ = select.select([self._output], [], [], FLUSH_SECONDS)
                if ready:
                    chunk = os.read(self._output, 1 << 16)
                    if not chunk:
                        break
                    *lines, rest = (rest + chunk).split(b"\n")
                    pending += self._keep(lines)
                if len(pending) > _MAX_BATCH or time.monotonic() - flushed > FLUSH_SECONDS:
                    self._send(pending)
                    pending, flushed = [], time.monotonic()
        finally:
            os.close(self._output)
            self._send(pending + self._keep([rest] if rest else []))
            self._drained.set()

    def _keep(self, lines: list[bytes]) -> list[str]:
        texts = [line.decode(errors="replace").rstrip("\r") for line in lines]
        self._tail.extend(texts)
        return texts

    def _send(self, lines: list[str]) -> None:
        if not lines:
            return
        try:
            self._sink(lines)
        except Exception:
            # A log that cannot be written must not block the process that writes it.
            log.exception("log stream %s lost %d lines", self.container.log_stream, len(lines))
