"""Run a program that opens no socket and few files: ``python -I seccomp.py PATHS PROGRAM ...``.

A filter in the kernel (seccomp(2), classic BPF) answers ``EACCES`` to ``socket`` and ``io_uring``,
whatever the family: a Unix socket leads to a Docker engine or an agent with keys, too. Pairs of
connected sockets stay, asyncio needs them. The filter needs no privilege, cannot be taken off, and
holds for everything the program starts. ``PATHS`` is JSON: ``readable`` and ``writable`` paths, to
which it is kept where the kernel can (:mod:`infra.plan.landlock`). Imports the standard library
alone: it runs by itself.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import platform
import resource
import runpy
import signal
import struct
import sys
from pathlib import Path
from typing import Final

# Numbers of asm/unistd.h and of audit.h, capability.h, filter.h, prctl.h, seccomp.h in linux/.
_MACHINES: Final = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
"""Machine to the architecture as seccomp tells it, and the number of ``socket``."""
_IO_URING_SETUP: Final = 425
_X32: Final = 0x40000000
"""From here on x86_64 numbers the calls of another ABI, which would pass by."""
_LOAD, _EQUAL, _AT_LEAST, _ANSWER = 0x20, 0x15, 0x35, 0x06
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_NUMBER_AT, _ARCHITECTURE_AT = 0, 4
_SET_NO_NEW_PRIVS, _SET_SECCOMP, _MODE_FILTER, _SET_PDEATHSIG = 38, 22, 2, 1
_DROP_POWER, _POWERS, _DAC_OVERRIDE = 24, 64, 1
LARGEST_FILE: Final = 512 * 1024 * 1024


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def supported() -> bool:
    """Tell whether this machine has such filters."""
    return platform.system() == "Linux" and platform.machine() in _MACHINES


def cut() -> None:
    """Refuse sockets to this process and all that it starts, for good, and root's powers to those.

    Raises:
        OSError: the kernel refuses the filter.
    """
    architecture, socket = _MACHINES[platform.machine()]
    refuse = _ERRNO | errno.EACCES
    steps = [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_EQUAL, 1, 0, architecture),
        (_ANSWER, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_AT_LEAST, 3, 0, _X32),
        (_EQUAL, 2, 0, socket),
        (_EQUAL, 1, 0, _IO_URING_SETUP),
        (_ANSWER, 0, 0, _ALLOW),
        (_ANSWER, 0, 0, refuse),
    ]
    packed = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    program = _Program(len(steps), ctypes.cast(packed, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    for power in range(_POWERS):
        if power != _DAC_OVERRIDE:  # of root alone; it would see other processes' environment
            libc.prctl(_DROP_POWER, power, 0, 0, 0)
    for arguments in (
        (_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0),
        (_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        (_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0),
    ):
        if libc.prctl(*arguments) != 0:
            number = ctypes.get_errno()
            raise OSError(number, f"prctl({arguments[0]}): {os.strerror(number)}")


def main() -> None:
    """Cut this process off and become the program of the arguments."""
    cut()
    if paths := json.loads(sys.argv[1]):
        runpy.run_path(str(Path(__file__).with_name("landlock.py")))["restrict"](**paths)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - that is what it is for


if __name__ == "__main__":
    main()
