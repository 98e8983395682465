"""Run code that nobody has reviewed yet: no network, no credentials, so much time and memory.

The environment is made afresh, so nothing of this process's variables reaches the code, and its
home is an empty folder. On Linux a seccomp filter then refuses every new socket, before the code
begins and for all that it starts; that takes no privilege. Files that this user can read it can
read, too: a job that evaluates a stranger's change must hold no credentials on disk either.
"""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from infra.plan import seccomp

PASSED: Final = ("LANG", "LC_ALL", "PATH", "SYSTEMROOT", "TZ")
"""What of this process's environment the code gets to see."""
POLL_SECONDS: Final = 0.1
END_SECONDS: Final = 10
TAIL: Final = 2000
"""Characters kept of what the code printed last."""


class IsolationError(RuntimeError):
    """The code could not be run within its bounds; the message says which one it broke."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounds:
    """What the code may use."""

    seconds: float = 300.0
    memory_mib: int = 6144
    """Resident memory of all its processes together."""


def network_can_be_cut() -> bool:
    """Tell whether this machine can refuse the network to a process."""
    return seccomp.supported() or _sandbox_exec() is not None


def run(
    command: Sequence[str],
    *,
    cwd: Path,
    home: Path,
    bounds: Bounds,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Run one command and return the end of what it printed.

    ``home`` is an empty folder of its own. Where :func:`network_can_be_cut` is false the network
    stays open: ask first.

    Raises:
        IsolationError: it failed, or ran past its time or memory; it and all it started has ended.
    """
    printed = home / "printed"
    with printed.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 - the caller's own command
            [*_prefix(), *command],
            cwd=cwd,
            env={**_environment(home), **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            broken = _watch(process, bounds)
        finally:
            _end(process)
    said = _tail(printed)
    if broken:
        raise IsolationError(f"{broken}\n{said}".rstrip())
    if process.returncode != 0:
        raise IsolationError(f"it ended with {process.returncode}\n{said}".rstrip())
    return said


def _environment(home: Path) -> dict[str, str]:
    passed = {name: os.environ[name] for name in PASSED if name in os.environ}
    return {
        **passed,
        "HOME": str(home),
        "TMPDIR": str(home),
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
    }


def _prefix() -> list[str]:
    if seccomp.supported():
        return [sys.executable, "-I", str(Path(seccomp.__file__))]
    if (tool := _sandbox_exec()) is not None:
        return [tool, "-p", "(version 1)(allow default)(deny network*)"]
    return []


def _sandbox_exec() -> str | None:
    return shutil.which("sandbox-exec") if platform.system() == "Darwin" else None


def _watch(process: subprocess.Popen[bytes], bounds: Bounds) -> str:
    """Wait for the end, and return which bound was broken; empty when none was."""
    last = time.monotonic() + bounds.seconds
    while process.poll() is None:
        if time.monotonic() > last:
            return f"it must end within {bounds.seconds:g} seconds"
        if _resident(process.pid) > bounds.memory_mib * 1024 * 1024:
            return f"it must get by with {bounds.memory_mib} MiB of memory"
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(POLL_SECONDS)
    return ""


def _family(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def _resident(pid: int) -> int:
    held = 0
    for one in _family(pid):
        with contextlib.suppress(psutil.Error):
            held += one.memory_info().rss
    return held


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and whatever it started."""
    family = _family(process.pid)
    for one in family:
        with contextlib.suppress(psutil.Error):
            one.kill()
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    psutil.wait_procs(family, timeout=END_SECONDS)


def _tail(printed: Path) -> str:
    with printed.open("rb") as file:
        file.seek(max(0, printed.stat().st_size - TAIL * 4))
        text = file.read().decode(errors="replace")
    return "".join(one for one in text if one.isprintable() or one == "\n")[-TAIL:]
