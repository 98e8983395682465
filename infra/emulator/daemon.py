"""The emulator in the background, one for each project directory.

What runs is on record in ``.mlops/emulator.json``; a record whose process is gone or whose port
does not answer is stale and of no account. A lock file keeps two starters apart.
"""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import signal
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from infra.emulator.launch import launch
from infra.emulator.processes import is_alive

STOP_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A running emulator."""

    url: str
    pid: int


def running(root: Path) -> Endpoint | None:
    """Return the project's emulator, if one runs and answers."""
    try:
        recorded = json.loads(_record(root).read_text())
        endpoint = Endpoint(str(recorded["url"]), int(recorded["pid"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return endpoint if is_alive(endpoint.pid) and _answers(endpoint) else None


def ensure_running(root: Path, *, clock: datetime | None = None) -> Endpoint:
    """Return the project's emulator, started where none runs.

    ``clock`` is where the clock of a new one starts; the present unless given.

    Raises:
        StartError: it did not start in time.
    """
    if endpoint := running(root):
        return endpoint
    with _lock(root):
        return running(root) or _start(root, clock)


def stop(root: Path) -> bool:
    """End the project's emulator and all that it runs; tell whether there was one."""
    with _lock(root):
        endpoint = running(root)
        _record(root).unlink(missing_ok=True)
        if endpoint is None:
            return False
        os.kill(endpoint.pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while is_alive(endpoint.pid) and time.monotonic() < deadline:
            time.sleep(0.02)
        if is_alive(endpoint.pid):
            os.kill(endpoint.pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(endpoint.pid, 0)  # where this process had started it
        return True


def log_path(root: Path) -> Path:
    """Return where the emulator of a project logs."""
    return _directory(root) / "emulator.log"


def _directory(root: Path) -> Path:
    return root / ".mlops"


def _record(root: Path) -> Path:
    return _directory(root) / "emulator.json"


def _start(root: Path, clock: datetime | None) -> Endpoint:
    process, url = launch(
        _directory(root) / "emulator",
        workspace=root,
        log=log_path(root),
        clock=clock,
        detached=True,
    )
    endpoint = Endpoint(url, process.pid)
    process.returncode = 0  # it lives on by itself; nobody here waits for it
    record = _record(root)
    draft = record.with_suffix(".new")
    draft.write_text(json.dumps(asdict(endpoint)) + "\n")
    draft.replace(record)
    return endpoint


def _answers(endpoint: Endpoint) -> bool:
    parts = urllib.parse.urlsplit(endpoint.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)
    try:
        connection.request("GET", "/_mlops/status")
        answer = json.loads(connection.getresponse().read())
        return bool(answer["pid"] == endpoint.pid)
    except (OSError, ValueError, KeyError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@contextmanager
def _lock(root: Path) -> Iterator[None]:
    _directory(root).mkdir(parents=True, exist_ok=True)
    with (_directory(root) / "emulator.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
