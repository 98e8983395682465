"""One emulator with a stack and its history, and the page over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError
from botocore.model import OperationModel

from infra.emulator.server import Emulator
from infra.resources.clients import EndpointClients
from tests.ui.history import PARTS, START, fill
from tests.ui.serving import served


@dataclass(frozen=True)
class Site:
    """The page, and what left its process for AWS."""

    address: str
    emulator: Emulator
    calls: list[tuple[str, str]] = field(default_factory=list)
    """Service and operation of each."""
    denied: set[str] = field(default_factory=set)
    """Operations that AWS is to refuse."""

    def get(self, path: str, **options: Any) -> requests.Response:
        """Ask for a page."""
        return requests.get(f"{self.address}{path}", timeout=60, **options)

    def text(self, path: str) -> str:
        """Return a page that is there."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text


@pytest.fixture(scope="package")
def emulator() -> Iterator[Emulator]:
    """Run one emulator whose stack has some months behind it."""
    with Emulator(clock_start=START, parts=PARTS) as running:
        fill(running)
        yield running


@pytest.fixture(scope="package")
def site(emulator: Emulator) -> Iterator[Site]:
    """Serve the page, and write down every call that leaves it."""
    with pytest.MonkeyPatch.context() as patch:
        calls: list[tuple[str, str]] = []
        denied: set[str] = set()
        patch.setattr("infra.ui.source.EndpointClients", watched(calls, denied))
        with served(lambda: emulator.endpoint_url) as address:
            yield Site(address=address, emulator=emulator, calls=calls, denied=denied)


def watched(calls: list[tuple[str, str]], denied: set[str]) -> Callable[..., EndpointClients]:
    """Return clients that write down each request as it goes out, and refuse some."""

    class Watched(EndpointClients):
        def __call__(self, service: str) -> Any:
            client = super().__call__(service)
            client.meta.events.register("before-call", named)
            return client

    def named(model: OperationModel, **_: object) -> None:
        calls.append((model.service_model.service_name, model.name))
        if model.name in denied:
            raise ClientError(
                {"Error": {"Code": "AccessDeniedException", "Message": "not with this role"}},
                model.name,
            )

    return Watched
