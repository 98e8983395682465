"""How much memory a process and everything it started take."""

from __future__ import annotations

import contextlib
import threading
from types import TracebackType

import psutil


class PeakMemory:
    """Watches this process and its descendants; shared pages are counted once (PSS)."""

    def __init__(self, *, every_seconds: float = 4.0) -> None:
        self.gib = 0.0
        self._every = every_seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> PeakMemory:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End."""
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        me = psutil.Process()
        while not self._stop.wait(self._every):
            self.gib = max(self.gib, sum(map(_own, [me, *me.children(recursive=True)])) / 2**30)


def _own(process: psutil.Process) -> int:
    with contextlib.suppress(psutil.Error, OSError):
        memory = process.memory_full_info()
        return int(getattr(memory, "pss", memory.uss))
    return 0
