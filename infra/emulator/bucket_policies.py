"""Bucket policies with their conditions, which moto takes as always met.

moto lets a bucket policy decide over objects, but not by its conditions: the usual "deny what
does not come over TLS" would refuse everything. Here a statement counts only when its conditions
are met. The emulator is reached over loopback, where nobody listens in: it passes for TLS 1.3, so
that the policies of a real environment stand unchanged. A statement with a condition on anything
else is left out. What is denied is answered with ``AccessDenied``, where moto answers nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from moto.iam.access_control import IAMPolicyStatement, PermissionResult
from moto.s3.exceptions import S3AccessDeniedError
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response

from infra.emulator.context import Context
from infra.emulator.patches import replace

SECURE_TRANSPORT = "aws:securetransport"
TLS_VERSION = "s3:tlsversion"
LOOPBACK_TLS_VERSION = 1.3


def get_permission(bucket: FakeBucket, action: str, resource: str) -> PermissionResult:
    """Return what a bucket's policy says of an action on one of its objects; a denial wins."""
    if bucket.policy is None:
        return PermissionResult.NEUTRAL
    declared = json.loads(bucket.policy)["Statement"]
    statements = declared if isinstance(declared, list) else [declared]
    told = {
        _result(statement, action, resource)
        for statement in statements
        if _concerns_callers(statement) and _is_met(statement.get("Condition", {}))
    }
    for result in (PermissionResult.DENIED, PermissionResult.PERMITTED):
        if result in told:
            return result
    return PermissionResult.NEUTRAL


def install(context: Context) -> None:
    """Put the conditions before moto's decision, and words behind it."""
    replace(context, FakeBucket, "get_permission", get_permission)
    replace(context, S3Response, "_key_response", _telling(S3Response._key_response))


def _telling(answer: Callable[[S3Response, Any, str], Any]) -> Callable[..., Any]:
    def told(response: S3Response, request: Any, full_url: str) -> Any:  # noqa: ANN401 - moto's
        answered = answer(response, request, full_url)
        if answered == (HTTPStatus.FORBIDDEN, {}, ""):
            raise S3AccessDeniedError
        return answered

    return told


def _result(statement: Mapping[str, Any], action: str, resource: str) -> PermissionResult:
    unconditional = {
        key: value for key, value in statement.items() if key not in {"Condition", "Principal"}
    }
    return IAMPolicyStatement(unconditional).is_action_permitted(action, resource)


def _concerns_callers(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal", "*")
    return principal == "*" or (isinstance(principal, Mapping) and "AWS" in principal)


def _is_met(conditions: Mapping[str, Mapping[str, Any]]) -> bool:
    return all(
        _holds(operator, key.lower(), value)
        for operator, keys in conditions.items()
        for key, value in keys.items()
    )


def _holds(operator: str, key: str, value: str | list[str]) -> bool:
    values = value if isinstance(value, list) else [value]
    if operator == "Bool" and key == SECURE_TRANSPORT:
        return any(str(one).lower() == "true" for one in values)
    if operator == "NumericLessThan" and key == TLS_VERSION:
        return any(float(one) > LOOPBACK_TLS_VERSION for one in values)
    return False
