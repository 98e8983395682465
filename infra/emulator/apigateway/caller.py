"""Who signed a request, and whether they may invoke the API: Signature Version 4 and IAM policies.

The signature is computed again with botocore. The time of signing is not held against the clock:
the emulator's runs apart from the caller's.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.iam.access_control import (
    CreateAccessKeyFailure,
    IAMPolicy,
    PermissionResult,
    create_access_key,
)
from werkzeug.wrappers import Request

from infra.emulator.credentials import ADMINISTRATORS

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=(?P<key>[^/,\s]+)/(?P<date>\d{8})/(?P<region>[^/]+)/"
    r"(?P<service>[^/]+)/aws4_request,\s*SignedHeaders=(?P<headers>[^,\s]+),\s*"
    r"Signature=(?P<signature>[0-9a-f]+)"
)
_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS "
    "Secret Access Key and signing method. Consult the service documentation for details."
)


class ForbiddenError(Exception):
    """A request that API Gateway refuses with 403: error type and message."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who signed."""

    access_key_id: str
    arn: str
    administrator: bool
    policies: tuple[Any, ...] = ()


def authenticate(request: Request, account_id: str, region: str) -> Caller:
    """Return who signed the request.

    Raises:
        ForbiddenError: it is not signed, with an unknown key, for another service, or wrongly.
    """
    header = request.headers.get("Authorization")
    if not header:
        raise ForbiddenError("MissingAuthenticationTokenException", "Missing Authentication Token")
    signed = _AUTHORIZATION.fullmatch(header.strip())
    if signed is None:
        raise ForbiddenError(
            "IncompleteSignatureException",
            f"'{header}' not a valid key=value pair (missing equal-sign) in Authorization header",
        )
    if signed["service"] != "execute-api" or signed["region"] != region:
        raise ForbiddenError(
            "InvalidSignatureException",
            f"Credential should be scoped to service 'execute-api' and region {region!r}.",
        )
    credentials, caller = _key(request, signed["key"], account_id)
    if not hmac.compare_digest(_sign(request, signed, credentials), signed["signature"]):
        raise ForbiddenError("InvalidSignatureException", _MISMATCH)
    return caller


def authorize(caller: Caller, resource: str, api_policy: str | None) -> None:
    """Check that identity or API policies let the caller invoke, and that none denies it.

    Raises:
        ForbiddenError: they do not.
    """
    action = "execute-api:Invoke"
    verdicts = {
        IAMPolicy(policy).is_action_permitted(action, resource) for policy in caller.policies
    }
    if caller.administrator:
        verdicts.add(PermissionResult.PERMITTED)
    if api_policy:
        document = IAMPolicy(api_policy)
        verdicts.add(document.is_action_permitted(action, resource, caller.arn))
    if PermissionResult.PERMITTED not in verdicts or PermissionResult.DENIED in verdicts:
        raise ForbiddenError(
            "AccessDeniedException",
            f"User: {caller.arn} is not authorized to perform: {action} on resource: {resource}",
        )


def _key(request: Request, key_id: str, account_id: str) -> tuple[Credentials, Caller]:
    if key_id in ADMINISTRATORS:
        token = request.headers.get("X-Amz-Security-Token")
        root = f"arn:aws:iam::{account_id}:root"
        return Credentials(key_id, ADMINISTRATORS[key_id], token), Caller(key_id, root, True)  # noqa: FBT003
    try:
        key = create_access_key(account_id, "aws", key_id, dict(request.headers))
    except CreateAccessKeyFailure as error:
        raise ForbiddenError(
            "UnrecognizedClientException", "The security token included in the request is invalid."
        ) from error
    policies = tuple(key.collect_policies())
    caller = Caller(key_id, key.arn, administrator=False, policies=policies)
    return key.create_credentials(), caller


def _sign(request: Request, signed: re.Match[str], credentials: Credentials) -> str:
    names = signed["headers"].split(";")
    headers = {name: request.headers[name] for name in names if name in request.headers}
    url = f"http://{request.host}{request.environ['REQUEST_URI']}"
    again = AWSRequest(method=request.method, url=url, data=request.get_data(), headers=headers)
    again.context["timestamp"] = request.headers.get("X-Amz-Date", "")
    auth = SigV4Auth(credentials, signed["service"], signed["region"])
    canonical = auth.canonical_request(again)
    return str(auth.signature(auth.string_to_sign(again, canonical), again))
