"""The emulator's clock: real time until it is moved, and the timers that follow it.

time-machine moves the whole process, moto included, so that what AWS stamps is stamped with this
clock. The clock ticks; it can only be moved forward.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import time_machine

from infra.emulator.work import Work


@dataclass(order=True, slots=True)
class Timer:
    """A callback due at a time of the emulator's clock."""

    when: datetime
    order: int
    name: str = field(compare=False)
    callback: Callable[[datetime], None] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        """Make sure that the callback is not called any more."""
        self.cancelled = True


class Clock:
    """Tells the emulator's time, moves it, and calls what falls due."""

    def __init__(
        self,
        work: Work,
        *,
        start: datetime | None = None,
        at_rest: Callable[[], None] = lambda: None,
    ) -> None:
        self._work = work
        self._at_rest = at_rest
        self._timers: list[Timer] = []
        self._order = itertools.count()
        self._lock = threading.RLock()
        self._moving = threading.Lock()
        self._stopped = threading.Event()
        self._travel = time_machine.travel(start or datetime.now(UTC), tick=True)
        self._traveller = self._travel.start()
        self._ticker = threading.Thread(target=self._tick, name="clock", daemon=True)
        self._ticker.start()

    def now(self) -> datetime:
        """Return the emulator's time, in UTC."""
        return datetime.now(UTC)

    def call_at(self, when: datetime, callback: Callable[[datetime], None], *, name: str) -> Timer:
        """Call ``callback(when)`` once the clock reaches ``when``; at once if it already has."""
        timer = Timer(when, next(self._order), name, callback)
        with self._lock:
            heapq.heappush(self._timers, timer)
        return timer

    def advance_to(self, when: datetime, *, settle_seconds: float = 900.0) -> None:
        """Move forward to ``when``, stopping at each timer due before it.

        At every stop the work that the timer began, and all that follows from it, is waited for, so
        that the order of events is that of the clock however long the machine takes. ``at_rest`` is
        called before the clock moves on, and what it begins is waited for as well.

        Raises:
            ValueError: ``when`` lies before the present.
            TimeoutError: work did not come to rest within ``settle_seconds`` (real time) at a stop.
        """
        with self._moving:
            if when < self.now():
                raise ValueError(f"clock moves forward only: now {self.now()}, asked for {when}")
            self.settle(timeout=settle_seconds)
            while timer := self._pop(before=when):
                if timer.when > self.now():
                    self._traveller.move_to(timer.when)
                self._fire(timer)
                self.settle(timeout=settle_seconds)
            if when > self.now():
                self._traveller.move_to(when)
            self.settle(timeout=settle_seconds)

    def settle(self, *, timeout: float = 900.0) -> None:
        """Wait for rest, call ``at_rest``, and wait for what that began.

        Raises:
            TimeoutError: something still runs after ``timeout`` seconds of real time.
        """
        self._work.wait_idle(timeout=timeout)
        self._at_rest()
        self._work.wait_idle(timeout=timeout)

    def stop(self) -> None:
        """Stop calling timers and give the process its real time back."""
        self._stopped.set()
        self._ticker.join()
        self._travel.stop()

    def _pop(self, *, before: datetime) -> Timer | None:
        with self._lock:
            while self._timers and self._timers[0].when <= before:
                timer = heapq.heappop(self._timers)
                if not timer.cancelled:
                    return timer
            return None

    def _fire(self, timer: Timer) -> None:
        self._work.submit(timer.name, timer.callback, timer.when)

    def _tick(self) -> None:
        while not self._stopped.wait(0.2):
            if self._moving.acquire(blocking=False):
                try:
                    while timer := self._pop(before=self.now()):
                        self._fire(timer)
                finally:
                    self._moving.release()
