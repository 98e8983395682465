"""Starts an emulator as a process of its own and waits until it listens."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from infra.emulator import processes

START_SECONDS = 30.0
_LOG_LINES = 20


class StartError(RuntimeError):
    """The emulator did not start; the message ends with the last lines of its log."""


def launch(
    home: Path, *, workspace: Path, log: Path, clock: datetime | None, detached: bool
) -> tuple[subprocess.Popen[bytes], str]:
    """Return the process of a new emulator and its endpoint URL.

    ``home`` is emptied first: one that was killed may have left something. A ``detached`` emulator
    lives on when this process ends; any other one dies with it.

    Raises:
        StartError: it did not listen within ``START_SECONDS``.
    """
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    command = [sys.executable, "-m", "infra.emulator"]
    command += ["--home", str(home), "--workspace", str(workspace)]
    if clock is not None:
        command += ["--clock", clock.isoformat()]
    code = Path(__file__).parents[2]
    search = [str(code), *filter(None, [os.environ.get("PYTHONPATH")])]
    start = _start_detached if detached else processes.start
    with log.open("wb") as stream:
        process = start(
            command,
            environment={**os.environ, "PYTHONPATH": os.pathsep.join(search)},
            cwd=workspace,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stream,
        )
    try:
        return process, str(_first_line(process)["endpoint_url"])
    except (ValueError, KeyError):
        processes.kill(process)
        tail = log.read_text(errors="replace").splitlines()[-_LOG_LINES:]
        reason = f"the emulator did not start, its log {log} ends:"
        raise StartError("\n".join([reason, *tail])) from None
    except BaseException:
        processes.kill(process)
        raise


def _start_detached(
    command: list[str],
    *,
    environment: Mapping[str, str],
    **settings: Any,  # noqa: ANN401 - as Popen takes them
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own module
        command, env=dict(environment), start_new_session=True, **settings
    )


def _first_line(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """Return what the emulator says once it is ready.

    Raises:
        ValueError: it said nothing, or nothing of use, in time.
    """
    if process.stdout is None:
        raise ValueError("its output must be a pipe")
    deadline = time.monotonic() + START_SECONDS
    said = b""
    with process.stdout as stream:
        while not said.endswith(b"\n"):
            ready, _, _ = select.select([stream], [], [], max(0.0, deadline - time.monotonic()))
            part = os.read(stream.fileno(), 4096) if ready else b""
            if not part:
                raise ValueError("it said nothing")
            said += part
    line: dict[str, Any] = json.loads(said)
    return line
