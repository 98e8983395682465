"""The queue before the model: requests that come together are answered together."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from pipelines.server.requests import Answer, Request
from pipelines.server.settings import Settings

log = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 1


class Watcher(Protocol):
    """Hears what happens, for the metrics."""

    def refused(self, reason: str) -> None:
        """A request was not predicted: ``queue_full`` or ``timeout``."""

    def waited(self, seconds: float) -> None:
        """A request left the queue."""


@dataclass(slots=True)
class _Waiting:
    request: Request
    answer: asyncio.Future[Answer]
    arrived: float


class Batcher:
    """Hands requests to one thread, as many at a time as have come.

    It waits for company only where there was some: a batch that follows one of several requests
    waits until as many have come again, ``max_delay_ms`` at the longest. A lone client never waits.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Request]], list[Answer]],
        settings: Settings,
        *,
        executor: ThreadPoolExecutor,
        watcher: Watcher,
    ) -> None:
        self._work = work
        self._executor = executor
        self._watcher = watcher
        self._most = settings.max_batch_rows
        self._delay = settings.max_delay_ms / 1000
        self._limit = settings.max_queue_requests
        self._timeout = settings.request_timeout_seconds
        self._queue: deque[_Waiting] = deque()
        self._open: deque[_Waiting] = deque()
        self._came = asyncio.Event()
        self._full = asyncio.Event()
        self._expected = 1
        self._busy_since: float | None = None
        self._sweeper: asyncio.TimerHandle | None = None
        self._pump: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        """Return how many requests wait."""
        return len(self._queue)

    def start(self) -> None:
        """Begin to answer; called on the loop that asks."""
        self._pump = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """End; what still waits is answered 503."""
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.gather(self._pump, return_exceptions=True)
        if self._sweeper is not None:
            self._sweeper.cancel()
        for waiting in self._open:
            if not waiting.answer.done():
                waiting.answer.set_result(_refused("the server is stopping"))

    def stuck(self) -> bool:
        """Tell whether a prediction has run for longer than a request may take."""
        return self._busy_since is not None and time.monotonic() - self._busy_since > self._timeout

    async def ask(self, request: Request) -> Answer:
        """Return the answer: the model's, 503 where the queue is full, 504 where it came late."""
        if len(self._queue) >= self._limit:
            self._watcher.refused("queue_full")
            return _refused(f"{self._limit} requests wait already")
        loop = asyncio.get_running_loop()
        waiting = _Waiting(request, loop.create_future(), time.monotonic())
        while self._open and self._open[0].answer.done():
            self._open.popleft()
        self._queue.append(waiting)
        self._open.append(waiting)
        if self._sweeper is None:
            self._sweeper = loop.call_later(self._timeout, self._sweep)
        self._came.set()
        if len(self._queue) >= self._expected:
            self._full.set()
        return await waiting.answer

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            if not self._queue:
                self._came.clear()
                await self._came.wait()
            if self._delay and len(self._queue) < self._expected:
                await self._company(loop)
            batch = self._take()
            if not batch:
                continue
            self._expected = min(len(batch), self._most)
            self._busy_since = time.monotonic()
            try:
                answers = await loop.run_in_executor(
                    self._executor, self._work, [one.request for one in batch]
                )
            except Exception:
                log.exception("a batch of %d requests", len(batch))
                answers = [Answer(500, "text/plain", b"the server failed")] * len(batch)
            finally:
                self._busy_since = None
            for one, answer in zip(batch, answers, strict=True):
                if not one.answer.done():
                    one.answer.set_result(answer)
            # Those answered ask again at once, in a closed loop of clients: let them be read.
            self._expected = max(self._expected, min(len(self._queue), self._most))

    async def _company(self, loop: asyncio.AbstractEventLoop) -> None:
        rest = self._queue[0].arrived + self._delay - time.monotonic()
        if rest <= 0:
            return
        self._full.clear()
        timer = loop.call_later(rest, self._full.set)
        await self._full.wait()
        timer.cancel()

    def _take(self) -> list[_Waiting]:
        now = time.monotonic()
        batch: list[_Waiting] = []
        while self._queue and len(batch) < self._most:
            waiting = self._queue.popleft()
            if not waiting.answer.done():
                self._watcher.waited(now - waiting.arrived)
                batch.append(waiting)
        return batch

    def _sweep(self) -> None:
        """Answer those whose time is over; all have the same, so the oldest are first."""
        now = time.monotonic()
        while self._open and (
            self._open[0].answer.done() or now - self._open[0].arrived >= self._timeout
        ):
            waiting = self._open.popleft()
            if not waiting.answer.done():
                self._watcher.refused("timeout")
                text = f"no answer within {self._timeout:g} s"
                waiting.answer.set_result(Answer(504, "text/plain", text.encode()))
        self._sweeper = None
        if self._open:
            rest = self._open[0].arrived + self._timeout - now
            loop = asyncio.get_running_loop()
            self._sweeper = loop.call_later(max(rest, 0.001), self._sweep)


def _refused(reason: str) -> Answer:
    retry = (("retry-after", str(RETRY_AFTER_SECONDS)),)
    return Answer(503, "text/plain", reason.encode(), retry)
