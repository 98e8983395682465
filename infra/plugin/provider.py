"""Pulumi's provider protocol over those types of the table that are this project's own.

It talks to AWS as the Pulumi program itself does: with the credentials, the profile and, where it
is set, the ``AWS_ENDPOINT_URL`` of the environment. The region is that of the resource's own ARN.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from typing import Any

import boto3

from infra.engine.invokes import invoke
from infra.engine.provider import Provider
from infra.engine.server import serving
from infra.resources.handler import Clients, InputError, ResourceType
from infra.resources.mlops import TYPES

PACKAGE = "mlops"


class AccountClients:
    """Gives boto3 clients of one region, with the credentials of the environment."""

    endpoint_url = ""
    """Left to boto3."""

    def __init__(self, region: str) -> None:
        self.region = region
        self.account_id = ""
        self._session = boto3.Session(region_name=region)
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()

    def __call__(self, service: str) -> Any:
        """Return the (cached) client of a boto3 service name; made one at a time."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._session.client(service)  # type: ignore[call-overload]  # any service, by name
            return self._clients[service]


class Plugin(Provider):
    """The provider of the package ``mlops``."""

    package = PACKAGE
    version = "1.0.0"

    def __init__(self) -> None:
        super().__init__(lookup=lookup, invoke=invoke, connect=AccountClients, region="")
        self._regions: dict[str, AccountClients] = {}
        self._making = threading.Lock()

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 - the protocol
        """Need nothing: each resource's ARN says where it is."""
        return self.configured()

    def clients(self, properties: Mapping[str, Any]) -> Clients:
        """Return clients of the region in the resource's ARN.

        Raises:
            InputError: it has none.
        """
        arn = str(properties.get("featureGroupArn", ""))
        region = arn.split(":")[3] if arn.startswith("arn:") else ""
        if not region:
            raise InputError(f"featureGroupArn must be an ARN, got {arn!r}")
        with self._making:
            return self._regions.setdefault(region, AccountClients(region))


def lookup(token: str) -> ResourceType:
    """Return the type of that token, without reading the tables of AWS's own services.

    Raises:
        LookupError: it is none of this package's.
    """
    for kind in TYPES:
        if kind.token == token:
            return kind
    raise LookupError(f"type must be one of {[kind.token for kind in TYPES]}, got {token!r}")


def main() -> int:
    """Serve on a free port, say which, and answer until the engine ends this process."""
    ended = threading.Event()
    with serving(Plugin()) as port:
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()
        ended.wait()
    return 0
