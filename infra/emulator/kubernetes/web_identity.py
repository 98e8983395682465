"""STS's ``AssumeRoleWithWebIdentity`` for the cluster's pods: the role's trust policy decides.

moto takes any token for any role. What other issuers' tokens name is left to moto.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from moto.iam.models import iam_backends
from werkzeug.wrappers import Request, Response

from infra.emulator.iam.conditions import as_list, met
from infra.emulator.iam.patterns import context as condition_keys

if TYPE_CHECKING:
    from infra.emulator.kubernetes.cluster import Cluster

ACTION: Final = "AssumeRoleWithWebIdentity"


class WebIdentity:
    """Refuses what a role's trust does not allow, and leaves the rest to moto."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def __call__(self, request: Request) -> Response | None:
        """Answer a refusal, or nothing."""
        if request.method != "POST" or request.path != "/":
            return None
        if not request.headers.get("Content-Type", "").startswith("application/x-www-form"):
            return None
        asked = {
            key: values[0]
            for key, values in parse_qs(request.get_data(cache=True).decode()).items()
        }
        if asked.get("Action") != ACTION or not _clusters(asked.get("WebIdentityToken", "")):
            return None
        claims = self._cluster.tokens.read(asked["WebIdentityToken"])
        if claims is None:
            reason = "the token was not signed by this cluster, or has expired"
            return _refused("InvalidIdentityToken", reason)
        roles = iam_backends[self._cluster.context.account_id]["aws"].roles.values()
        role = next((one for one in roles if one.arn == asked.get("RoleArn")), None)
        if role is None or not trusts(role.assume_role_policy_document, claims):
            return _refused("AccessDenied", f"Not authorized to perform sts:{ACTION}")
        return None


def trusts(policy: str | Mapping[str, Any], claims: Mapping[str, Any]) -> bool:
    """Tell whether a trust policy lets a token in: by its issuer's keys ``aud`` and ``sub``.

    The cluster stands for whichever one a stack names, so any issuer may be the token's.
    """
    document = json.loads(policy) if isinstance(policy, str) else policy
    held = document["Statement"]
    return any(_admits(one, claims) for one in (held if isinstance(held, list) else [held]))


def _admits(statement: Mapping[str, Any], claims: Mapping[str, Any]) -> bool:
    if statement["Effect"] != "Allow" or f"sts:{ACTION}" not in as_list(statement["Action"]):
        return False
    principal = statement.get("Principal")
    providers = as_list(principal.get("Federated", [])) if isinstance(principal, Mapping) else []
    for provider in providers:
        issuer = str(provider).partition("oidc-provider/")[2]
        known = {f"{issuer}:aud": _texts(claims["aud"]), f"{issuer}:sub": [str(claims["sub"])]}
        if issuer and met(statement.get("Condition", {}), condition_keys(known)):
            return True
    return False


def _texts(value: str | Sequence[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _clusters(token: str) -> bool:
    """Tell whether a token looks like a service account's."""
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004 - of a JWT
        return False
    try:
        claims = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
    except ValueError:
        return False
    return b"system:serviceaccount:" in claims


def _refused(code: str, message: str) -> Response:
    body = (
        '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender'
        f"</Type><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
        "<RequestId>0</RequestId></ErrorResponse>"
    )
    status = HTTPStatus.FORBIDDEN if code == "AccessDenied" else HTTPStatus.BAD_REQUEST
    return Response(body, status, {"Content-Type": "text/xml"})
