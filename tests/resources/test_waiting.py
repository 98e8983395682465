"""Waiting for what AWS does in the background."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.resources._waiting import wait_until_gone, wait_until_settled


def answers(*statuses: str | None) -> Callable[[], Mapping[str, Any] | None]:
    left = list(statuses)

    def describe() -> Mapping[str, Any] | None:
        status = left.pop(0) if len(left) > 1 else left[0]
        return None if status is None else {"Status": status, "FailureReason": "no such image"}

    return describe


def settle(*statuses: str | None, timeout_seconds: float = 5.0) -> Mapping[str, Any]:
    return wait_until_settled(
        answers(*statuses),
        status="Status",
        passing=("Creating",),
        good=("InService",),
        operation="CreateEndpoint",
        timeout_seconds=timeout_seconds,
    )


def test_it_waits_while_the_status_passes() -> None:
    assert settle("Creating", "Creating", "InService")["Status"] == "InService"


def test_fails_with_the_bad_status_as_code_and_the_reason_as_message() -> None:
    with pytest.raises(ClientError, match=r"\(Failed\) .* CreateEndpoint .*: no such image"):
        settle("Creating", "Failed")


def test_fails_when_it_is_gone_meanwhile() -> None:
    with pytest.raises(ClientError, match="NotFound"):
        settle("Creating", None)


def test_fails_when_it_never_comes_to_rest() -> None:
    with pytest.raises(TimeoutError, match=r"CreateEndpoint: still Creating after 0\.1 s"):
        settle("Creating", timeout_seconds=0.1)


def test_it_waits_until_nothing_is_left() -> None:
    wait_until_gone(answers("Deleting", "Deleting", None), operation="DeleteEndpoint")
    with pytest.raises(TimeoutError, match="DeleteEndpoint: still there"):
        wait_until_gone(answers("Deleting"), operation="DeleteEndpoint", timeout_seconds=0.1)
