"""A function's log: lines in its CloudWatch Logs group, as Lambda writes them."""

from __future__ import annotations

import json
import threading
import uuid
from dataclasses import dataclass
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


def log_format(function: Any) -> str:  # noqa: ANN401 - moto's
    """Return ``Text`` or ``JSON``, which is how Lambda words its own lines."""
    return str(function.kept_settings.get("LoggingConfig", {}).get("LogFormat", "Text"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What an invocation took."""

    seconds: float
    init_seconds: float | None
    memory_mib: int
    peak_mib: int
    status: str | None
    """``timeout`` or ``error`` where the process is gone."""


def frame(request_id: str, version: str, lines: list[str], report: Report, kind: str) -> list[str]:
    """Return the lines of an invocation between those that Lambda writes itself."""
    if kind == "JSON":
        started = {"requestId": request_id, "version": version}
        return [
            _platform("platform.start", started),
            *lines,
            _platform("platform.report", _measured(request_id, report)),
        ]
    return [
        f"START RequestId: {request_id} Version: {version}",
        *lines,
        f"END RequestId: {request_id}",
        _sentence(request_id, report),
    ]


def _platform(kind: str, record: dict[str, Any]) -> str:
    time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"time": time, "type": kind, "record": record})


def _measured(request_id: str, report: Report) -> dict[str, Any]:
    milliseconds = report.seconds * 1000
    metrics: dict[str, float] = {
        "durationMs": round(milliseconds, 3),
        "billedDurationMs": int(milliseconds) + 1,
        "memorySizeMB": report.memory_mib,
        "maxMemoryUsedMB": report.peak_mib,
    }
    if report.init_seconds is not None:
        metrics["initDurationMs"] = round(report.init_seconds * 1000, 3)
    return {"requestId": request_id, "metrics": metrics, "status": report.status or "success"}


def _sentence(request_id: str, report: Report) -> str:
    milliseconds = report.seconds * 1000
    fields = [
        f"REPORT RequestId: {request_id}",
        f"Duration: {milliseconds:.2f} ms",
        f"Billed Duration: {int(milliseconds) + 1} ms",
        f"Memory Size: {report.memory_mib} MB",
        f"Max Memory Used: {report.peak_mib} MB",
    ]
    if report.init_seconds is not None:
        fields.append(f"Init Duration: {report.init_seconds * 1000:.2f} ms")
    if report.status is not None:
        fields.append(f"Status: {report.status}")
    return "\t".join(fields)


def tail(lines: list[str]) -> str:
    """Return the end of a log, as much as ``LogType=Tail`` shows."""
    return "\n".join(lines).encode()[-TAIL_BYTES:].decode(errors="ignore")
