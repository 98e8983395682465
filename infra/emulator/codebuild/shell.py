"""Runs a build's script, follows its phases and writes its log."""

from __future__ import annotations

import base64
import collections
import json
import subprocess
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from infra.emulator import processes
from infra.emulator.codebuild.build import Build
from infra.emulator.codebuild.buildspec import Buildspec, script

_POLL_SECONDS = 0.05
_DRAIN_SECONDS = 2.0
TAIL_LINES = 10
"""How many of the last log lines a failed phase tells."""


class Shell:
    """The shell of one build."""

    def __init__(self, build: Build, write_log: Callable[[list[str]], None]) -> None:
        self._build = build
        self._write_log = write_log
        self._tail: collections.deque[str] = collections.deque(maxlen=TAIL_LINES)
        self._failed = False
        self._mark = uuid.uuid4().hex

    def run(self, spec: Buildspec, environment: dict[str, str], cwd: Path) -> str:
        """Run every phase and return the build's status."""
        process = processes.start(
            ["bash", "-c", script(spec, mark=self._mark)],
            environment=environment,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        reader = threading.Thread(
            target=self._follow, args=(process.stdout,), name=f"build {self._build.id}", daemon=True
        )
        reader.start()
        try:
            ended = self._wait(process)
        finally:
            processes.kill(process)
            reader.join(_DRAIN_SECONDS)
        if ended is not None:
            return ended
        if not self._failed and process.returncode != 0:
            self._command_failed("exit", process.returncode)
        return "FAILED" if self._failed else "SUCCEEDED"

    def _wait(self, process: subprocess.Popen[bytes]) -> str | None:
        deadline = time.monotonic() + self._build.timeout_seconds
        while process.poll() is None:
            if self._build.stop_asked.wait(_POLL_SECONDS):
                self._build.fail_phase("STOPPED", "BUILD_STOPPED", "the build was stopped")
                return "STOPPED"
            if time.monotonic() > deadline:
                minutes = self._build.timeout_seconds / 60
                message = f"Build has timed out after {minutes:g} minutes"
                self._build.fail_phase("TIMED_OUT", "BUILD_TIMED_OUT", message)
                return "TIMED_OUT"
        return None

    def _follow(self, stream: IO[bytes] | None) -> None:
        if stream is None:
            return
        with stream:
            for raw in stream:
                text, mark, said = raw.decode("utf-8", "replace").rstrip("\n").partition(self._mark)
                if text or not mark:
                    self._tail.append(text)
                    self._write_log([text])
                if mark:
                    self._report(said.strip())

    def _report(self, line: str) -> None:
        status, _, text = line.partition(" ")
        said: dict[str, Any] = json.loads(text)
        if "export" in said:
            self._build.exported[said["export"]] = base64.b64decode(said["value"]).decode()
        elif "phase" in said:
            self._build.enter(said["phase"])
        else:
            self._command_failed(said["command"], int(status))

    def _command_failed(self, command: str, status: int) -> None:
        self._failed = True
        reason = f"Error while executing command: {command}. Reason: exit status {status}"
        self._build.fail_phase(
            "FAILED", "COMMAND_EXECUTION_ERROR", "\n".join([reason, *self._tail])
        )
