"""Buffers that write themselves out once nothing was added for a while."""

from __future__ import annotations

import threading
from collections.abc import Callable

from infra.emulator.context import Context

QUIET_SECONDS = 0.2
"""Of real time. AWS buffers for minutes; here who waits for rest finds everything written."""
MAX_WAITS = 10
"""Of ``QUIET_SECONDS``, after which a stream without a pause is flushed all the same."""


class Quiet:
    """Calls ``flush`` when additions pause or pile up, and whenever the emulator comes to rest.

    It is no work under way meanwhile: steady traffic would keep the emulator from ever resting.
    """

    def __init__(
        self, context: Context, name: str, flush: Callable[[], None], *, limit: int = 5000
    ) -> None:
        self._context = context
        self._name = name
        self._flush = flush
        self._limit = limit
        self._lock = threading.Lock()
        self._hurry = threading.Event()
        self._added = 0
        self._waiting = False
        self._closed = False
        context.on_settled.append(flush)
        context.on_stop.append(self.close)

    def close(self) -> None:
        """Flush no more, and do not take part in settling any more."""
        self._closed = True
        for hooks, hook in (
            (self._context.on_settled, self._flush),
            (self._context.on_stop, self.close),
        ):
            if hook in hooks:
                hooks.remove(hook)
        self._hurry.set()

    def added(self, count: int) -> None:
        """Note that the buffer grew; flush it soon."""
        with self._lock:
            self._added += count
            if self._added >= self._limit:
                self._hurry.set()
            if self._waiting:
                return
            self._waiting = True
        threading.Thread(target=self._wait, name=self._name, daemon=True).start()

    def _wait(self) -> None:
        for left in reversed(range(MAX_WAITS)):
            before = self._added
            hurried = self._hurry.wait(QUIET_SECONDS)
            with self._lock:
                if hurried or self._added == before or not left:
                    self._waiting = False
                    self._added = 0
                    self._hurry.clear()
                    break
        if not self._closed:
            self._flush()
