"""AWS's own policies, read once for a process.

moto reads all of them, some 1,300, whenever IAM begins empty, and for every partition at that: more
than a second each time. Here those of partition ``aws`` are read once, and each IAM gets copies.
"""

from __future__ import annotations

import copy
import functools
import os
from collections.abc import Callable

from moto.iam.models import IAMBackend, ManagedPolicy

from infra.emulator.context import Context
from infra.emulator.patches import replace

PARTITION = "aws"
_WANTED = "MOTO_IAM_LOAD_MANAGED_POLICIES"


def install(context: Context) -> None:
    """Give every IAM that begins the policies, until the emulator stops."""
    if _WANTED not in os.environ:
        os.environ[_WANTED] = "true"
        # Else what mocks AWS later in this process would read them all, for every partition.
        context.on_stop.append(_forget)
    replace(context, IAMBackend, "_init_aws_policies", _copies)


def _forget() -> None:
    os.environ.pop(_WANTED, None)


def _copies(backend: IAMBackend) -> list[ManagedPolicy]:
    if backend.partition != PARTITION:
        return []
    return [copy.copy(policy) for policy in _read(backend.account_id, backend.region_name)]


_load: Callable[[IAMBackend], list[ManagedPolicy]] = IAMBackend._init_aws_policies


@functools.cache
def _read(account_id: str, region_name: str) -> list[ManagedPolicy]:
    blank = IAMBackend.__new__(IAMBackend)
    blank.account_id, blank.region_name = account_id, region_name
    return _load(blank)
