"""Work under way in the emulator: who waits for rest waits here."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

log = logging.getLogger(__name__)


class Work:
    """Runs tasks in threads and knows which are still running.

    A task may submit others; the emulator is at rest when none is left. What only waits for the
    outside (a pipeline's callback step, a manual approval) must not count: submit it when it goes
    on.
    """

    def __init__(self, *, threads: int = 64) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="work")
        self._running: dict[int, str] = {}
        self._next = 0
        self._changed = threading.Condition(threading.RLock())

    def submit(self, name: str, task: Callable[..., Any], *arguments: Any) -> None:  # noqa: ANN401
        """Run ``task(*arguments)`` in the background; an exception is logged under ``name``.

        Does nothing once the emulator is stopping.
        """
        key = self._enter(name)
        try:
            self._pool.submit(self._run, key, name, task, *arguments)
        except RuntimeError:  # the pool is shut down
            self._leave(key)
            log.info("%s not begun: the emulator is stopping", name)

    @contextmanager
    def running(self, name: str) -> Iterator[None]:
        """Count the block as work under way."""
        key = self._enter(name)
        try:
            yield
        finally:
            self._leave(key)

    def names(self) -> list[str]:
        """Return the names of what is running, oldest first."""
        with self._changed:
            return list(self._running.values())

    def wait_idle(self, *, timeout: float) -> None:
        """Wait until nothing runs.

        Raises:
            TimeoutError: something still runs after ``timeout`` seconds of real time.
        """
        deadline = time.monotonic() + timeout
        with self._changed:
            while self._running:
                if not self._changed.wait(max(0.0, min(1.0, deadline - time.monotonic()))) and (
                    time.monotonic() >= deadline
                ):
                    raise TimeoutError(f"still running after {timeout:.0f} s: {self.names()}")

    def stop(self) -> None:
        """Start nothing new; do not wait for what runs."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _run(self, key: int, name: str, task: Callable[..., Any], *arguments: Any) -> None:  # noqa: ANN401
        try:
            task(*arguments)
        except Exception:
            log.exception("%s failed", name)
        finally:
            self._leave(key)

    def _enter(self, name: str) -> int:
        with self._changed:
            self._next += 1
            self._running[self._next] = name
            return self._next

    def _leave(self, key: int) -> None:
        with self._changed:
            del self._running[key]
            self._changed.notify_all()
