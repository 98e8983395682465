"""Pulumi's provider protocol over this package: its components, and its own types of the table.

A program in any language asks for a component (``Construct``) and is given what the Python class
declares. Among that may be a custom type of this package, so one process answers for both.

It talks to AWS as the Pulumi program itself does: with the credentials, the profile and, where it
is set, the ``AWS_ENDPOINT_URL`` of the environment. The region is that of the resource's own ARN.
"""

# ruff: noqa: N802 - the methods are named by the protocol

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import grpc.aio  # type: ignore[import-untyped]  # grpcio ships no types
from pulumi.provider.server import ProviderServicer
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from infra.engine.invokes import invoke
from infra.engine.provider import Provider
from infra.graph.wire import keep_secrets
from infra.package.construct import Components
from infra.package.members import PACKAGE, VERSION
from infra.resources.handler import Clients, InputError, ResourceType
from infra.resources.mlops import TYPES

SCHEMA = Path(__file__).parents[1] / "package" / "schema.json"
_THREADS = 32
"""The engine runs as many operations at once as it has CPUs, times four, at most."""


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
    version = VERSION

    def __init__(self, engine_address: str = "") -> None:
        super().__init__(lookup=lookup, invoke=invoke, connect=AccountClients, region="")
        self._regions: dict[str, AccountClients] = {}
        self._making = threading.Lock()
        self._components = ProviderServicer(Components(SCHEMA.read_text()), [], engine_address)

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: ARG002 - the protocol
        """Say what of the protocol is spoken: components need all of it."""
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=True, accept_resources=True, accept_outputs=True
        )

    def GetSchema(self, request: Any, context: Any) -> Any:  # noqa: ARG002 - the protocol
        """Return the schema of the components; custom types are their own affair, and in none."""
        return provider_pb2.GetSchemaResponse(schema=SCHEMA.read_text())

    async def Construct(self, request: Any, context: Any) -> Any:
        """Declare a component."""
        return await self._components.Construct(request, context)

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: ARG002 - the protocol
        """Need nothing: each resource's ARN says where it is."""
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, acceptResources=True, acceptOutputs=True, supportsPreview=True
        )

    def Check(self, request: Any, context: Any) -> Any:
        """Check a custom type; what was secret stays so, as in all that follows."""
        answer = super().Check(request, context)
        keep_secrets(answer.inputs, request.news)
        return answer

    def Create(self, request: Any, context: Any) -> Any:
        """Create a custom type."""
        answer = super().Create(request, context)
        keep_secrets(answer.properties, request.properties)
        return answer

    def Read(self, request: Any, context: Any) -> Any:
        """Read a custom type."""
        answer = super().Read(request, context)
        keep_secrets(answer.properties, request.properties)
        keep_secrets(answer.inputs, request.inputs)
        return answer

    def Update(self, request: Any, context: Any) -> Any:
        """Update a custom type."""
        answer = super().Update(request, context)
        keep_secrets(answer.properties, request.news)
        return answer

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


async def serve(engine_address: str) -> None:
    """Serve on a free port, say which, and answer until the engine ends this process."""
    # Components are declared in the event loop, calls of AWS block a thread each.
    options = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
    server = grpc.aio.server(ThreadPoolExecutor(_THREADS, "provider"), options=options)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Plugin(engine_address), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await server.wait_for_termination()


def main() -> int:
    """Serve the engine that started this process, whose address is the first argument."""
    asyncio.run(serve(sys.argv[1] if len(sys.argv) > 1 else ""))
    return 0
