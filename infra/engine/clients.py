"""Clients that the engine's parallel operations share."""

from __future__ import annotations

import threading
from typing import Any

from infra.resources.clients import EndpointClients


class SharedClients(EndpointClients):
    """Clients made one at a time, as boto3 sessions demand; once made they may be shared."""

    def __init__(self, endpoint_url: str, *, region: str) -> None:
        super().__init__(endpoint_url, region=region)
        self._lock = threading.Lock()

    def __call__(self, service: str) -> Any:
        """Return the (cached) client of a boto3 service name."""
        with self._lock:
            return super().__call__(service)
