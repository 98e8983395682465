"""Clients that can look and not touch: any call but a reading one is refused before it leaves."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final

READS: Final = ("Describe", "Get", "List", "Query", "Search")
"""What names of operations begin with that change nothing."""


class WriteRefusedError(RuntimeError):
    """Something was about to be changed; a fault of this program, and kept from happening."""


class ReadOnly:
    """Gives clients by a service's name, each made once, whichever thread asks."""

    def __init__(self, clients: Callable[[str], Any]) -> None:
        self._clients = clients
        self._known: dict[str, Any] = {}
        self._lock = threading.Lock()

    def __call__(self, service: str) -> Any:
        """Return the client of a service's name."""
        with self._lock:  # making a client is not safe in threads, using one is
            if service not in self._known:
                client = self._clients(service)
                client.meta.events.register_first("before-call", _refuse_writes)
                self._known[service] = client
            return self._known[service]

    def close(self) -> None:
        """Close the connections of every client."""
        with self._lock:
            for client in self._known.values():
                client.close()
            self._known.clear()


def _refuse_writes(model: Any, **_: Any) -> None:
    if not model.name.startswith(READS):
        raise WriteRefusedError(f"operation must begin with one of {READS}, got {model.name}")
