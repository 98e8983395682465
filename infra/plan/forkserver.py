"""Import packages once and fork a process per request: ``python -P forkserver.py MODULE...``.

Both sides of a plan import the same packages, which takes longer than what their own code does with
them. Only packages are imported here; a project's own modules come from its own folder, after the
fork. Imports the standard library alone: it runs by itself, and ends with its standard input.

A request is a line of JSON on standard input: ``id``, ``module``, ``arguments``, ``cwd``,
``environment``, ``printed`` (file for what it prints), ``paths`` (files that it is kept to, as
:mod:`infra.plan.seccomp` is told). Answers are lines on standard output:
``{"id": 1, "pid": 7}`` once it has begun, ``{"id": 1, "status": 0}`` once it has ended.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import runpy
import select
import signal
import sys
import traceback
from pathlib import Path
from typing import Any, Final

_SET_PDEATHSIG: Final = 1
_READ: Final = 65536


def main(modules: list[str]) -> None:
    """Import the modules, then answer requests until there is nobody to ask."""
    answers = os.dup(1)
    os.dup2(2, 1)  # what a package prints is no answer
    for name in modules:
        with contextlib.suppress(Exception):  # who needs it will tell why it cannot be imported
            hasattr(importlib.import_module(name), "__all__")  # pulumi-aws's load when asked
    gc.freeze()  # what stands is neither looked through nor copied after a fork
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    running: dict[int, int] = {}
    waiting = b""
    while True:
        ready, _, _ = select.select([0, woken], [], [])
        if woken in ready:
            os.read(woken, _READ)
            for number, status in _ended(running):
                _answer(answers, {"id": number, "status": status})
        if 0 in ready:
            read = os.read(0, _READ)
            if not read:
                return
            *requests, waiting = (waiting + read).split(b"\n")
            for line in requests:
                request = json.loads(line)
                pid = os.fork()
                if pid == 0:
                    for descriptor in (answers, woken, wake):
                        os.close(descriptor)
                    _become(request)
                running[pid] = request["id"]
                _answer(answers, {"id": request["id"], "pid": pid})


def _answer(answers: int, said: dict[str, int]) -> None:
    os.write(answers, f"{json.dumps(said)}\n".encode())


def _ended(running: dict[int, int]) -> list[tuple[int, int]]:
    """Return requests whose process has ended, with the status as ``subprocess`` tells it."""
    found = []
    for pid, number in list(running.items()):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            del running[pid]
            found.append((number, os.waitstatus_to_exitcode(status)))
    return found


def _become(request: dict[str, Any]) -> None:
    """Be the process that was asked for; does not return."""
    status = 1
    try:
        os.setsid()
        ctypes.CDLL(None).prctl(_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)  # a fork forgets it
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        printed = os.open(request["printed"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        for descriptor, kept in ((os.open(os.devnull, os.O_RDONLY), 0), (printed, 1), (printed, 2)):
            os.dup2(descriptor, kept)
        landlock = Path(__file__).with_name("landlock.py")
        runpy.run_path(str(landlock))["restrict"](**request["paths"])
        os.chdir(request["cwd"])
        os.environ.clear()
        os.environ.update(request["environment"])
        sys.path.insert(0, request["cwd"])
        sys.argv = [request["module"], *request["arguments"]]
        runpy.run_module(request["module"], run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as asked:
        status = asked.code if isinstance(asked.code, int) else int(asked.code is not None)
    except BaseException:  # noqa: BLE001 - told as an interpreter would, and it ends
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main(sys.argv[1:])
