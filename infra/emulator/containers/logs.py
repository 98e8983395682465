"""Container output as CloudWatch log events."""

from __future__ import annotations

import threading
import time

from moto.logs.models import LogsBackend, logs_backends

_creating = threading.Lock()


class LogStream:
    """Appends lines to one stream of moto's CloudWatch Logs, creating group and stream."""

    def __init__(self, account_id: str, region: str, group: str, stream: str) -> None:
        self._backend: LogsBackend = logs_backends[account_id][region]
        self._region, self._group, self._stream = region, group, stream
        with _creating:
            if group not in self._backend.groups:
                self._backend.create_log_group(group, {})
            if stream not in self._backend.groups[group].streams:
                self._backend.create_log_stream(group, stream)

    def __call__(self, lines: list[str]) -> None:
        """Write the lines with the emulator's present time; an empty line becomes a blank."""
        now = int(time.time() * 1000)
        events = [{"timestamp": now, "message": line or " "} for line in lines]
        self._backend.put_log_events(self._group, self._stream, events)
