"""A function's log: lines in its CloudWatch Logs group, as Lambda writes them."""

from __future__ import annotations

import threading
import uuid
from datetime import UTC, datetime
from typing import Any

from moto.logs.models import logs_backends

TAIL_BYTES = 4096
"""How much of an invocation's log ``LogType=Tail`` returns."""

_creating = threading.Lock()


class LogStream:
    """The stream of one process."""

    def __init__(self, account_id: str, region: str, group: str, version: str) -> None:
        self.group = group
        now = datetime.now(UTC)
        self.name = f"{now:%Y/%m/%d}/[{version}]{uuid.uuid4().hex}"
        self._backend: Any = logs_backends[account_id][region]
        with _creating:
            self._backend.ensure_log_group(group)
            self._backend.create_log_stream(group, self.name)

    def write(self, lines: list[str]) -> None:
        """Append lines with the emulator's present time."""
        now = int(datetime.now(UTC).timestamp() * 1000)
        with _creating:
            self._backend.ensure_log_group(self.group)
            self._backend.ensure_log_stream(self.group, self.name)
        self._backend.put_log_events(
            self.group, self.name, [{"timestamp": now, "message": line or " "} for line in lines]
        )


def report(  # noqa: PLR0913 - the fields of one line
    request_id: str,
    *,
    seconds: float,
    init_seconds: float | None,
    memory_mib: int,
    peak_mib: int,
    status: str | None,
) -> str:
    """Return the line that ends an invocation's log."""
    milliseconds = seconds * 1000
    fields = [
        f"REPORT RequestId: {request_id}",
        f"Duration: {milliseconds:.2f} ms",
        f"Billed Duration: {int(milliseconds) + 1} ms",
        f"Memory Size: {memory_mib} MB",
        f"Max Memory Used: {peak_mib} MB",
    ]
    if init_seconds is not None:
        fields.append(f"Init Duration: {init_seconds * 1000:.2f} ms")
    if status is not None:
        fields.append(f"Status: {status}")
    return "\t".join(fields)


def tail(lines: list[str]) -> str:
    """Return the end of a log, as much as ``LogType=Tail`` shows."""
    return "\n".join(lines).encode()[-TAIL_BYTES:].decode(errors="ignore")
