"""What EventBridge saw and what became of it, for tests and for people who look in."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

KEPT = 10_000


@dataclass(slots=True)
class Delivery:
    """One attempt series at one target."""

    rule: str
    target: str
    status: str = "pending"
    """``pending``, ``delivered`` or ``failed``."""
    error: str = ""
    dead_letter: str = ""
    """ARN of the queue that took the event in the end."""


@dataclass(slots=True)
class Entry:
    """One event on one bus."""

    number: int
    bus: str
    event: Mapping[str, Any]
    deliveries: list[Delivery] = field(default_factory=list)


class Journal:
    """The last ``KEPT`` events, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._lock = threading.Lock()
        self._count = 0

    def record(self, bus: str, event: Mapping[str, Any]) -> Entry:
        """Add an event."""
        with self._lock:
            self._count += 1
            entry = Entry(self._count, bus, event)
            self._entries.append(entry)
            return entry

    def since(self, moment: datetime | None = None) -> list[dict[str, Any]]:
        """Return the events whose ``time`` is not before ``moment``."""
        with self._lock:
            entries = list(self._entries)
        return [
            asdict(entry)
            for entry in entries
            if moment is None or datetime.fromisoformat(entry.event["time"]) >= moment
        ]
