"""Keep a process from the files that it has no use for, by Landlock (Linux 5.13 and later).

It takes no privilege, cannot be taken off, and holds for all that the process starts. Beyond files,
processes outside are out of reach: neither their memory and environment (``/proc/PID/environ``)
nor, from Linux 6.12 on, signals to them. https://docs.kernel.org/userspace-api/landlock.html.
Imports the standard library alone: it is run by itself (:mod:`infra.plan.seccomp`).
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
from collections.abc import Iterable
from typing import Final

# Numbers of linux/landlock.h and asm-generic/unistd.h, the same on every machine since 2019.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION, _PATH_BENEATH = 1, 1
_SET_NO_NEW_PRIVS: Final = 38
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_TRUNCATE: Final = 1 << 14
_READ: Final = _EXECUTE | _READ_FILE | _READ_DIR
_OF_FILES: Final = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE
_HANDLED: Final = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
"""From which version on so many rights exist."""
_SCOPED_FROM, _SCOPED = 6, 0b11
"""Abstract Unix sockets and signals, once they can be kept within."""


def version() -> int:
    """Return the version of Landlock that this kernel speaks; 0 where it speaks none."""
    if platform.system() != "Linux":
        return 0
    return max(0, _call(_CREATE_RULESET, None, 0, _VERSION, checked=False))


def restrict(readable: Iterable[str], writable: Iterable[str]) -> bool:
    """Keep this process to files at or below these paths; those that do not exist are left out.

    Returns ``False``, with nothing done, where the kernel has no Landlock.

    Raises:
        OSError: the kernel refuses a rule.
    """
    spoken = version()
    if spoken == 0:
        return False
    handled = max(rights for since, rights in _HANDLED.items() if since <= spoken)
    parts = [handled, 0, _SCOPED if spoken >= _SCOPED_FROM else 0]
    attributes = struct.pack("=QQQ", *parts)[: 8 if spoken < 4 else 16 if spoken < 6 else 24]  # noqa: PLR2004 - fields came with versions 4 and 6
    rules = _call(_CREATE_RULESET, attributes, len(attributes), 0)
    try:
        for path in readable:
            _allow(rules, path, _READ & handled)
        for path in writable:
            _allow(rules, path, handled)
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        _call(_RESTRICT_SELF, rules, 0)
    finally:
        os.close(rules)
    return True


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not os.path.isdir(path):  # noqa: PTH112 - pathlib would be one more import
            rights &= _OF_FILES
        _call(_ADD_RULE, rules, _PATH_BENEATH, struct.pack("=Qi", rights, opened), 0)
    finally:
        os.close(opened)


def _call(number: int, *arguments: bytes | int | None, checked: bool = True) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    given = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    answer = int(libc.syscall(ctypes.c_long(number), *given))
    if answer < 0 and checked:
        failed = ctypes.get_errno()
        raise OSError(failed, f"landlock({number}): {os.strerror(failed)}")
    return answer
