"""Run code that nobody has reviewed yet: no network, no credentials, so much time and memory.

The environment is made afresh, so nothing of this process's variables reaches the code, and its
home is an empty folder. On Linux a seccomp filter then refuses every new socket, and Landlock all
files but the code's own, its interpreter's and the system's, before the code begins and for all
that it starts; that takes no privilege. On a kernel without Landlock it can read and write what
this user can: a job that evaluates a stranger's change must hold no credentials on disk either.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from infra.plan import seccomp

PASSED: Final = ("LANG", "LC_ALL", "PATH", "SYSTEMROOT", "TZ")
"""What of this process's environment the code gets to see."""
SYSTEM: Final = ("/bin", "/dev", "/etc", "/lib", "/lib64", "/nix", "/proc", "/sbin", "/usr")
"""Where systems keep what every program reads."""
POLL_SECONDS: Final = 0.1
END_SECONDS: Final = 10
TAIL: Final = 2000
"""Characters kept of what the code printed last."""

Paths = Mapping[str, Sequence[str]]
"""``readable`` and ``writable``: files, or folders with all that lies below."""


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
    writable: Sequence[Path] = (),
) -> str:
    """Run one command and return the end of what it printed.

    ``home`` is an empty folder of its own, the one place beside ``writable`` to write to. Where
    :func:`network_can_be_cut` is false the network stays open: ask first.

    Raises:
        IsolationError: it failed, or ran past its time or memory; it and all it started has ended.
    """
    printed = home / "printed"
    with printed.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 - the caller's own command
            [*prefix(paths_of(Path(command[0]), cwd, (home, *writable))), *command],
            cwd=cwd,
            env=environment_of(home),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def wait(seconds: float) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(seconds)
        return None

    return bounded(process.pid, wait, printed=printed, bounds=bounds)


def bounded(pid: int, wait: Callable[[float], int | None], *, printed: Path, bounds: Bounds) -> str:
    """Watch a process, the first of its session, to its end, and return the end of what it printed.

    ``wait`` waits for it for at most so many seconds, and returns its status once it has one.

    Raises:
        IsolationError: it failed, or ran past its time or memory; it and all it started has ended.
    """
    broken, status = "", None
    try:
        broken, status = _watch(pid, wait, bounds)
    finally:
        _end(pid)
        if status is None:
            wait(END_SECONDS)
    said = _tail(printed)
    if broken:
        raise IsolationError(f"{broken}\n{said}".rstrip())
    if status != 0:
        raise IsolationError(f"it ended with {status}\n{said}".rstrip())
    return said


def environment_of(home: Path) -> dict[str, str]:
    """Return all that the environment of isolated code holds."""
    passed = {name: os.environ[name] for name in PASSED if name in os.environ}
    return {
        **passed,
        "HOME": str(home),
        "TMPDIR": str(home),
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
    }


def paths_of(python: Path, cwd: Path, writable: Sequence[Path]) -> Paths:
    """Return the files that isolated code is kept to: its own, its interpreter's, the system's.

    What lies beyond stays out of reach: keys in a home, other projects, what is mounted for others.
    """
    environment = python.parents[1] if len(python.parents) > 1 else python
    own = (cwd, environment, python.resolve().parents[1], Path(sys.prefix), Path(sys.base_prefix))
    return {
        "readable": [*SYSTEM, *map(str, own)],
        "writable": [os.devnull, *map(str, writable)],
    }


def prefix(paths: Paths | None = None) -> list[str]:
    """Return what stands before a command so that it opens no socket, and few files."""
    if seccomp.supported():
        return [sys.executable, "-I", str(Path(seccomp.__file__)), json.dumps(paths)]
    if (tool := _sandbox_exec()) is not None:
        return [tool, "-p", "(version 1)(allow default)(deny network*)"]
    return []


def _sandbox_exec() -> str | None:
    return shutil.which("sandbox-exec") if platform.system() == "Darwin" else None


def _watch(pid: int, wait: Callable[[float], int | None], bounds: Bounds) -> tuple[str, int | None]:
    """Wait for the end; return which bound was broken, empty when none was, and the status."""
    last = time.monotonic() + bounds.seconds
    while (status := wait(POLL_SECONDS)) is None:
        if time.monotonic() > last:
            return f"it must end within {bounds.seconds:g} seconds", None
        if _resident(pid) > bounds.memory_mib * 1024 * 1024:
            return f"it must get by with {bounds.memory_mib} MiB of memory", None
    return "", status


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


def _end(pid: int) -> None:
    """End the process and whatever it started."""
    family = _family(pid)
    for one in family:
        with contextlib.suppress(psutil.Error):
            one.kill()
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    psutil.wait_procs(family, timeout=END_SECONDS)


def _tail(printed: Path) -> str:
    with printed.open("rb") as file:
        file.seek(max(0, printed.stat().st_size - TAIL * 4))
        text = file.read().decode(errors="replace")
    return "".join(one for one in text if one.isprintable() or one == "\n")[-TAIL:]
