"""Wait until what AWS makes in the background stands, or is gone."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

from botocore.exceptions import ClientError

FIRST_SECONDS = 0.05
LONGEST_SECONDS = 5.0


def wait_until_settled(  # noqa: PLR0913 - keywords, each with one meaning
    describe: Callable[[], Mapping[str, Any] | None],
    *,
    status: str,
    passing: Collection[str],
    good: Collection[str],
    operation: str,
    timeout_seconds: float = 1800.0,
) -> Mapping[str, Any]:
    """Return the description once its ``status`` has left the ``passing`` ones.

    Raises:
        ClientError: the status it came to is not a ``good`` one; its code is that status, its
            message AWS's ``FailureReason``.
        TimeoutError: it did not come to rest in time.
    """
    held: Mapping[str, Any] | None = None
    for _ in _pauses(timeout_seconds):
        held = describe()
        if held is None or held[status] not in passing:
            break
    else:
        raise TimeoutError(f"{operation}: still {held and held[status]} after {timeout_seconds} s")
    if held is None or held[status] not in good:
        told = "it is gone" if held is None else held.get("FailureReason", "AWS gives no reason")
        code = "NotFound" if held is None else str(held[status])
        raise ClientError({"Error": {"Code": code, "Message": str(told)}}, operation)
    return held


def wait_until_gone(
    describe: Callable[[], object | None], *, operation: str, timeout_seconds: float = 900.0
) -> None:
    """Return once ``describe`` returns ``None``.

    Raises:
        TimeoutError: it is still there.
    """
    for _ in _pauses(timeout_seconds):
        if describe() is None:
            return
    raise TimeoutError(f"{operation}: still there after {timeout_seconds} s")


def _pauses(timeout_seconds: float) -> Any:
    deadline = time.monotonic() + timeout_seconds
    pause = FIRST_SECONDS
    while time.monotonic() < deadline:
        yield
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_SECONDS)
