"""Tokens of service accounts, as a cluster's issuer signs them.

A real issuer signs with a key pair that IAM finds by the issuer's discovery document. Here one
process signs and reads, so one secret is enough.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any


class Tokens:
    """Signs tokens, and reads those that it signed."""

    def __init__(self, secret: bytes, now: Callable[[], datetime]) -> None:
        self._secret = secret
        self._now = now

    def sign(
        self, namespace: str, account: str, audiences: Sequence[str], seconds: int = 3600
    ) -> str:
        """Return a token of a service account for those who read it."""
        issued = int(self._now().timestamp())
        claims = {
            "aud": list(audiences),
            "exp": issued + seconds,
            "iat": issued,
            "sub": f"system:serviceaccount:{namespace}:{account}",
            "kubernetes.io": {"namespace": namespace, "serviceaccount": {"name": account}},
        }
        head = _encoded({"alg": "HS256", "typ": "JWT"})
        body = f"{head}.{_encoded(claims)}"
        return f"{body}.{self._signature(body)}"

    def read(self, token: str) -> Mapping[str, Any] | None:
        """Return the claims of a token that was signed here and has not expired."""
        body, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature, self._signature(body)):
            return None
        claims: Mapping[str, Any] = json.loads(_decoded(body.partition(".")[2]))
        return claims if claims["exp"] > self._now().timestamp() else None

    def _signature(self, body: str) -> str:
        digest = hmac.new(self._secret, body.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
