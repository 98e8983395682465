"""The ASGI application: ``/ping``, ``/invocations`` and ``/metrics``."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pipelines.server.answering import answer
from pipelines.server.batching import Batcher
from pipelines.server.fetch import fetch
from pipelines.server.metrics import metrics
from pipelines.server.model import Model
from pipelines.server.requests import CUSTOM_ATTRIBUTES, Answer, Request
from pipelines.server.settings import Settings

log = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
TEXT = "text/plain"
TOO_LARGE = 413


class App:
    """One model behind three paths.

    One thread loads the model and predicts, so that what libraries keep for a thread is kept; the
    loop reads requests and writes answers meanwhile.
    """

    def __init__(self, settings: Settings, *, on_failure: Callable[[], None]) -> None:
        self.settings = settings
        self.failure: BaseException | None = None
        self._on_failure = on_failure
        self._executor = ThreadPoolExecutor(1, "model")
        self._model: Model | None = None
        self._loading: asyncio.Task[None] | None = None
        self._stopping = False
        self._metrics = metrics(lambda: len(self._batcher))
        self._batcher = Batcher(
            self._answer, settings, executor=self._executor, watcher=self._metrics
        )

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request, or start and stop."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["type"] != "http":
            raise RuntimeError(f"only HTTP is served, got {scope['type']}")
        path, method = scope["path"], scope["method"]
        if path == "/invocations":
            if method == "POST":
                await self._invoke(scope, receive, send)
                return
            found = Answer(405, TEXT, b"POST alone", (("allow", "POST"),))
        elif path not in {"/ping", "/metrics"}:
            found = Answer(404, TEXT, f"no such path: {path}".encode())
        elif method not in {"GET", "HEAD"}:
            found = Answer(405, TEXT, b"GET alone", (("allow", "GET, HEAD"),))
        else:
            found = self.ping() if path == "/ping" else self._tell()
        await _send(send, found, head=method == "HEAD")

    def ping(self) -> Answer:
        """Return 200 once the model is loaded and warm, unless a prediction does not end."""
        if self._stopping:
            return Answer(503, TEXT, b"stopping")
        if self._model is None:
            return Answer(503, TEXT, b"the model is being loaded")
        if self._batcher.stuck():
            seconds = self.settings.request_timeout_seconds
            return Answer(503, TEXT, f"a prediction runs for more than {seconds:g} s".encode())
        return Answer(200, TEXT, b"")

    def _tell(self) -> Answer:
        page = self._metrics.text()
        if page is None:
            return Answer(501, TEXT, b"prometheus_client is not installed")
        return Answer(200, page[1], page[0])

    async def _invoke(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        headers: dict[str, str] = {}
        for name, value in scope["headers"]:
            headers[name.decode("latin-1")] = value.decode("latin-1")
        if self._model is None:
            found = Answer(503, TEXT, b"the model is being loaded", (("retry-after", "1"),))
        else:
            body = await self._body(headers, receive)
            if body is None:
                found = Answer(
                    TOO_LARGE,
                    TEXT,
                    f"a body must be at most {self.settings.max_body_mib:g} MiB".encode(),
                    (("connection", "close"),),
                )
            else:
                found = await self._batcher.ask(
                    Request(
                        body,
                        headers.get("content-type", "application/json"),
                        headers.get("accept", ""),
                        headers,
                    )
                )
        self._metrics.answered(found.status, time.perf_counter() - began)
        if custom := headers.get(CUSTOM_ATTRIBUTES):
            names = {name.lower() for name, _ in found.headers}
            if CUSTOM_ATTRIBUTES not in names:
                found.headers = (*found.headers, (CUSTOM_ATTRIBUTES, custom))
        await _send(send, found)

    async def _body(self, headers: dict[str, str], receive: Receive) -> bytes | None:
        """Return the body; ``None`` for one that is too large."""
        most = int(self.settings.max_body_mib * 2**20)
        told = headers.get("content-length", "0")
        if told.isdigit() and int(told) > most:
            return None
        message = await receive()
        body: bytes = message.get("body", b"")
        if not message.get("more_body"):
            return body if len(body) <= most else None
        parts, length = [body], len(body)
        while message.get("more_body"):
            message = await receive()
            parts.append(message.get("body", b""))
            length += len(parts[-1])
            if length > most:
                return None
        return b"".join(parts)

    def _answer(self, requests: Sequence[Request]) -> list[Answer]:
        assert self._model is not None  # noqa: S101 - requests are taken only then
        return answer(self._model, requests, self._metrics.predicted)

    # --- from start to stop ---

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self._batcher.start()
        # The server listens meanwhile, so that /ping can say that it is not ready.
        self._loading = asyncio.get_running_loop().create_task(self._load())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._stopping = True
        self._loading.cancel()
        await self._batcher.stop()
        self._executor.shutdown(wait=False, cancel_futures=True)
        await send({"type": "lifespan.shutdown.complete"})

    async def _load(self) -> None:
        began = time.perf_counter()
        try:
            self._model = await asyncio.get_running_loop().run_in_executor(
                self._executor, self._loaded
            )
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            log.critical("the model cannot be loaded", exc_info=error)
            self.failure = error
            self._on_failure()
            return
        log.info(
            "serving %s on %s, %s, after %.1f s",
            self.settings.program,
            self._model.device,
            "in batches" if self._model.batched else "one request at a time",
            time.perf_counter() - began,
        )

    def _loaded(self) -> Model:
        fetch(self.settings)
        model = Model(self.settings)
        if not model.warm_up():
            log.warning("%s has no sample_fn: no warm-up", self.settings.program)
        return model


async def _send(send: Send, found: Answer, *, head: bool = False) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": found.status,
            "headers": [
                (b"content-type", found.content_type.encode("latin-1")),
                (b"content-length", str(len(found.body)).encode()),
                *(
                    (name.encode("latin-1"), value.encode("latin-1"))
                    for name, value in found.headers
                ),
            ],
        }
    )
    await send({"type": "http.response.body", "body": b"" if head else found.body})
