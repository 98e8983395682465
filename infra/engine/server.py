"""The gRPC server that the provider answers on, on loopback only."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import grpc  # type: ignore[import-untyped]  # grpcio ships no types
from pulumi.runtime.proto import provider_pb2_grpc

from infra.engine.provider import Provider

_THREADS = 32
"""The engine runs as many operations at once as it has CPUs, times four, at most."""


@contextmanager
def serving(provider: Provider, *, port: int = 0) -> Iterator[int]:
    """Serve on 127.0.0.1 while the block runs; gives the port, a free one for 0.

    Raises:
        RuntimeError: the port is taken.
    """
    # Code and documents travel inside messages; gRPC's own limit is 4 MiB.
    options = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
    server = grpc.server(ThreadPoolExecutor(_THREADS, "provider"), options=options)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    bound = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    try:
        yield bound
    finally:
        server.stop(grace=1.0).wait()
