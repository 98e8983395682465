"""One warm process of a function, which answers one invocation at a time."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import select
import struct
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from infra.emulator import processes
from infra.emulator.lambdas import worker

_LENGTHS = struct.Struct(">II")
_END_SECONDS = 2.0
"""How long to wait for the last lines of a log once the answer is here."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a process answered, or how it ended without one."""

    payload: bytes
    failed: bool
    peak_mib: int
    lines: list[str]
    status: str | None = None
    """``timeout`` or ``error`` where the process is gone."""


class Worker:
    """Started with a handler; after an answer whose ``status`` is set it is gone."""

    def __init__(self, code: Path, packages: Path, environment: Mapping[str, str]) -> None:
        """Start the process; the handler loads while the first request travels.

        Raises:
            OSError: it cannot be started.
        """
        replies, reply_end = os.pipe()
        variables = {
            **environment,
            "LAMBDA_TASK_ROOT": str(code),
            "_WORKER_REPLY": str(reply_end),
        }
        start = (
            f"import runpy,sys;sys.path.append({str(packages)!r});"
            f"runpy.run_path({worker.__file__!r},run_name='__main__')"
        )
        try:
            self._process = processes.start(
                [sys.executable, "-I", "-S", "-c", start],
                environment=variables,
                cwd=code,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(reply_end,),
            )
        finally:
            os.close(reply_end)
        self.pid = self._process.pid
        self._replies = os.fdopen(replies, "rb")
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read_log, name="lambda log", daemon=True)
        self._reader.start()

    def invoke(self, payload: bytes, *, arn: str, request_id: str, timeout: float) -> Answer:
        """Run the handler; kill the process when it takes longer than ``timeout`` seconds."""
        header = {"request_id": request_id, "function_arn": arn, "timeout_seconds": timeout}
        deadline = time.monotonic() + timeout
        try:
            self._send(json.dumps(header).encode(), payload)
            received = self._receive(deadline)
        except (BrokenPipeError, EOFError):
            return self._ended(request_id)
        if received is None:
            self.stop()
            text = f"RequestId: {request_id} Error: Task timed out after {timeout:.2f} seconds"
            return self._gone("Sandbox.Timedout", text, request_id, "timeout")
        meta, body = received
        lines = self._log_until(request_id)
        return Answer(body, bool(meta["failed"]), int(meta["peak_mib"]), lines)

    def stop(self) -> None:
        """End the process and what it started."""
        processes.kill(self._process)
        with contextlib.suppress(OSError):
            _pipe(self._process.stdin).close()
        self._replies.close()
        self._reader.join(_END_SECONDS)

    def _send(self, header: bytes, payload: bytes) -> None:
        stdin = _pipe(self._process.stdin)
        stdin.write(_LENGTHS.pack(len(header), len(payload)) + header + payload)
        stdin.flush()

    def _receive(self, deadline: float) -> tuple[dict[str, Any], bytes] | None:
        """Return header and payload, ``None`` at the deadline."""
        lengths = self._read(_LENGTHS.size, deadline)
        if lengths is None:
            return None
        header_bytes, payload_bytes = _LENGTHS.unpack(lengths)
        rest = self._read(header_bytes + payload_bytes, deadline)
        if rest is None:
            return None
        return json.loads(rest[:header_bytes]), rest[header_bytes:]

    def _read(self, count: int, deadline: float) -> bytes | None:
        parts = bytearray()
        descriptor = self._replies.fileno()
        while len(parts) < count:
            ready, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                return None
            part = os.read(descriptor, count - len(parts))
            if not part:
                raise EOFError
            parts += part
        return bytes(parts)

    def _ended(self, request_id: str) -> Answer:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        self.stop()
        code = self._process.returncode
        if code == 0:
            reason = "Runtime exited without providing a reason"
        elif code > 0:
            reason = f"Runtime exited with error: exit status {code}"
        else:
            reason = f"Runtime exited with error: signal: {-code}"
        text = f"RequestId: {request_id} Error: {reason}"
        return self._gone("Runtime.ExitError", text, request_id, "error")

    def _gone(self, kind: str, text: str, request_id: str, status: str) -> Answer:
        lines = self._log_until(request_id)
        if status == "timeout":
            lines.append(text.partition("Error: ")[2])
        else:
            lines.append(text)
        body = json.dumps({"errorType": kind, "errorMessage": text}).encode()
        return Answer(body, failed=True, peak_mib=0, lines=lines, status=status)

    def _read_log(self) -> None:
        with _pipe(self._process.stdout) as stream:
            for raw in stream:
                self._lines.put(raw.decode("utf-8", "replace").rstrip("\n"))
        self._lines.put(None)

    def _log_until(self, request_id: str) -> list[str]:
        """Return what was printed up to the mark, or up to the end of the log."""
        lines: list[str] = []
        with contextlib.suppress(queue.Empty):
            while (line := self._lines.get(timeout=_END_SECONDS)) is not None:
                text, mark, rest = line.partition("\0")
                if text or not mark:
                    lines.append(text)
                if mark and rest == request_id:
                    break
        return lines


def new_request_id() -> str:
    """Return an id for one invocation."""
    return str(uuid.uuid4())


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise ValueError("worker must be started with pipes")
    return stream
