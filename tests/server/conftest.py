"""Model folders made of a few lines, and a client that speaks ASGI to the application."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pipelines.server.app import App
from pipelines.server.settings import Settings

JSON = "application/json"
DOUBLE = """
import threading

BATCHED = True
calls, gate = [], threading.Event()
gate.set()

def sample_fn(): return "[[1, 2]]", "application/json"
def model_fn(model_dir): return 2.0
def predict_fn(data, model):
    gate.wait(20)
    calls.append(len(data))
    if (data == 13).any(): raise RuntimeError("13 brings bad luck")
    return data * model
"""
"""Doubles each number, in batches, and notes how many rows each call had."""


@dataclass(frozen=True)
class Got:
    """An answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Server:
    """A running application."""

    app: App
    stopped: list[str] = field(default_factory=list)

    @property
    def module(self) -> Any:
        """The model's module."""
        return sys.modules["inference"]

    async def ask(
        self, body: str | bytes = "[[1]]", path: str = "/invocations", **headers: str
    ) -> Got:
        content = body.encode() if isinstance(body, str) else body
        given = {"content-type": JSON, "content-length": str(len(content))} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        method = given.pop("method", "POST" if path == "/invocations" else "GET")
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        }
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        start, end = sent
        answered = {name.decode(): value.decode() for name, value in start["headers"]}
        return Got(start["status"], answered, end["body"])

    async def loaded(self) -> None:
        """Wait until the model is loaded, or cannot be."""
        assert self.app._loading is not None
        await self.app._loading


Serving = Callable[..., Any]


@pytest.fixture
def settings(tmp_path: Path) -> Callable[..., Settings]:
    """Return a function from a module's text and settings to what a server is told."""

    def made(code: str | None = DOUBLE, **environment: str) -> Settings:
        folder = tmp_path / "model"
        if code is not None:
            (folder / "code").mkdir(parents=True, exist_ok=True)
            (folder / "code/inference.py").write_text(code)
        return Settings.read({"SM_MODEL_DIR": str(folder), **environment})

    return made


@pytest.fixture
def serving(settings: Callable[..., Settings]) -> Iterator[Serving]:
    """Return an asynchronous context manager: a server of a module, loaded."""
    path = list(sys.path)

    @asynccontextmanager
    async def run(
        code: str = DOUBLE, *, wait: bool = True, **environment: str
    ) -> AsyncIterator[Server]:
        sys.modules.pop("inference", None)
        stopped: list[str] = []
        app = App(settings(code, **environment), on_failure=lambda: stopped.append("failure"))
        messages: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        started = asyncio.Event()

        async def send(_message: Any) -> None:
            started.set()

        await messages.put({"type": "lifespan.startup"})
        life = asyncio.create_task(app({"type": "lifespan"}, messages.get, send))
        await started.wait()
        server = Server(app, stopped)
        if wait:
            await server.loaded()
        try:
            yield server
        finally:
            await messages.put({"type": "lifespan.shutdown"})
            await life

    yield run
    sys.modules.pop("inference", None)
    sys.path[:] = path
