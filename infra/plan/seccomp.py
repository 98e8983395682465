"""Run a program that can open no socket: ``python -I seccomp.py PROGRAM ARGUMENT...``.

A filter in the kernel (seccomp(2), classic BPF) answers ``EACCES`` to ``socket`` and ``io_uring``,
whatever the family: a Unix socket leads to a Docker engine or an agent with keys, too. Pairs of
connected sockets stay, asyncio needs them. The filter needs no privilege, cannot be taken off, and
holds for everything the program starts. Imports the standard library alone: it runs by itself.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import resource
import signal
import struct
import sys
from typing import Final

# Numbers of linux/audit.h, linux/filter.h, linux/prctl.h, linux/seccomp.h and asm/unistd.h.
_MACHINES: Final = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
"""Machine to the architecture as seccomp tells it, and the number of ``socket``."""
_IO_URING_SETUP: Final = 425
_X32: Final = 0x40000000
"""From here on x86_64 numbers the calls of another ABI, which would pass by."""
_LOAD, _EQUAL, _AT_LEAST, _ANSWER = 0x20, 0x15, 0x35, 0x06
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_NUMBER_AT, _ARCHITECTURE_AT = 0, 4
_SET_NO_NEW_PRIVS, _SET_SECCOMP, _MODE_FILTER, _SET_PDEATHSIG = 38, 22, 2, 1
LARGEST_FILE: Final = 512 * 1024 * 1024


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def supported() -> bool:
    """Tell whether this machine has such filters."""
    return platform.system() == "Linux" and platform.machine() in _MACHINES


def cut() -> None:
    """Refuse sockets to this process and all that it starts, for good.

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
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - that is what it is for


if __name__ == "__main__":
    main()
