"""A lean HTTP client: so many connections, each asks again as soon as it is answered.

    python -m tests.bench.serving_client PORT CONNECTIONS SECONDS BODIES

``BODIES`` is a file of JSON: requests that the connections send in turn, and their content type.
Prints one JSON object: requests answered, seconds, and their latencies' percentiles in seconds.
"""

from __future__ import annotations

import asyncio
import functools
import importlib
import itertools
import json
import sys
import time
from pathlib import Path
from typing import Any

WARM_UP_SECONDS = 0.3


class Connection(asyncio.Protocol):
    """Asks, waits for the whole answer, asks again."""

    def __init__(self, requests: list[bytes], place: int, told: list[tuple[float, float]]) -> None:
        self._requests = itertools.cycle(requests[place % len(requests) :] + requests[:place])
        self._told = told
        self._data = b""
        self._asked = 0.0
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._data += data
        end = self._data.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._data[:end].lower()
        start = head.index(b"content-length:") + 15
        length = int(head[start:].split(b"\r\n", 1)[0])
        if len(self._data) < end + 4 + length:
            return
        if not head.startswith(b"http/1.1 200"):
            raise RuntimeError(self._data.decode())
        self._data = b""
        now = time.perf_counter()
        self._told.append((now, now - self._asked))
        self._ask()

    def _ask(self) -> None:
        self._asked = time.perf_counter()
        self._transport.write(next(self._requests))


async def run(port: int, connections: int, seconds: float, path: Path) -> dict[str, float]:
    """Ask for so long; the first moments are not counted."""
    loop = asyncio.get_running_loop()
    failed: asyncio.Future[Any] = loop.create_future()
    loop.set_exception_handler(
        lambda _loop, about: None if failed.done() else failed.set_result(about)
    )
    given = json.loads(path.read_text())
    requests = [_request(body.encode(), given["content_type"]) for body in given["bodies"]]
    told: list[tuple[float, float]] = []
    for place in range(connections):
        await loop.create_connection(
            functools.partial(Connection, requests, place, told), "127.0.0.1", port
        )
    await asyncio.sleep(WARM_UP_SECONDS)
    began = time.perf_counter()
    done, _ = await asyncio.wait([failed], timeout=seconds)
    ended = time.perf_counter()
    if done:
        raise RuntimeError(str(failed.result()))
    latencies = sorted(took for when, took in told if began <= when <= ended)
    return {
        "requests": len(latencies),
        "seconds": ended - began,
        "p50": latencies[len(latencies) // 2],
        "p99": latencies[len(latencies) * 99 // 100],
    }


def _request(body: bytes, kind: str) -> bytes:
    head = f"POST /invocations HTTP/1.1\r\nHost: a\r\nContent-Type: {kind}\r\n"
    return f"{head}Accept: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


if __name__ == "__main__":
    importlib.import_module("uvloop").install()
    found = asyncio.run(
        run(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4]))
    )
    sys.stdout.write(json.dumps(found))
