from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

from infra.emulator.bucket_policies import get_permission
from infra.emulator.server import Emulator
from tests.emulator.support import REGION

PARTS = ("credentials", "bucket_policies")


def bucket(policy: bytes | None) -> FakeBucket:
    made = FakeBucket(  # type: ignore[abstract]  # moto instantiates it too
        "raw", "123456789012", "us-east-1"
    )
    made.policy = policy
    return made


def says(*statements: dict[str, Any], action: str = "s3:PutObject") -> PermissionResult:
    policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)}).encode()
    return get_permission(bucket(policy), action, "arn:aws:s3:::raw/key")


def deny(**condition: dict[str, str]) -> dict[str, Any]:
    return {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::raw", "arn:aws:s3:::raw/*"],
        "Condition": condition,
    }


@pytest.mark.parametrize(
    "condition",
    [
        {"Bool": {"aws:SecureTransport": "false"}},
        {"NumericLessThan": {"s3:TlsVersion": "1.2"}},
        {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}},
    ],
)
def test_a_denial_whose_condition_is_not_met_does_not_count(
    condition: dict[str, dict[str, str]],
) -> None:
    assert says(deny(**condition)) is PermissionResult.NEUTRAL


def test_a_denial_that_is_met_wins_over_an_allowance() -> None:
    allowed = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::raw/*"}
    assert says(allowed, deny()) is PermissionResult.DENIED
    assert says(deny(Bool={"aws:SecureTransport": "true"})) is PermissionResult.DENIED
    assert says(allowed) is PermissionResult.PERMITTED


def test_what_a_service_may_do_is_not_for_callers() -> None:
    logs = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::raw/*",
    }
    assert says(logs) is PermissionResult.NEUTRAL


def test_a_bucket_without_a_policy_says_nothing() -> None:
    assert get_permission(bucket(None), "s3:GetObject", "arn") is PermissionResult.NEUTRAL


@pytest.mark.parametrize("operation", ["put_object", "get_object", "delete_object"])
def test_what_a_policy_denies_is_access_denied(emulator: Emulator, operation: str) -> None:
    s3: Any = emulator.context.client("s3", REGION)
    name = operation.replace("_", "-")
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="key")
    denied = {**deny(), "Resource": f"arn:aws:s3:::{name}/*"}
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Statement": [denied]}))
    with pytest.raises(ClientError) as caught:
        getattr(s3, operation)(Bucket=name, Key="key")
    assert caught.value.response["Error"]["Code"] == "AccessDenied"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
