from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import pytest
from moto.moto_api._internal.models import moto_api_backend
from moto.server import ThreadedMotoServer

from infra.apply.state import MemoryStore
from infra.resources.clients import EndpointClients


@dataclass(frozen=True, kw_only=True)
class Declared:
    """The least that apply asks of a program."""

    declare: Callable[[], object]
    stack: str = "flights-sandbox"
    pulumi_config: Mapping[str, str] = field(default_factory=dict)


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws(moto_url: str) -> Iterator[EndpointClients]:
    """Return clients of a server that holds nothing: moto keeps its state for the process."""
    moto_api_backend.reset()
    clients = EndpointClients(moto_url)
    yield clients
    clients.close()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()
