"""The queue is bounded, each request has a deadline, and a server that is stuck says so."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.server.conftest import Serving


async def busy(server: Any) -> asyncio.Task[Any]:
    """Ask something that is predicted until the module's gate opens."""
    server.module.gate.clear()
    task = asyncio.create_task(server.ask())
    while not server.app._batcher._busy_since:
        await asyncio.sleep(0.001)
    return task


def test_beyond_its_bound_the_queue_refuses(serving: Serving) -> None:
    async def run() -> None:
        async with serving(MAX_QUEUE_REQUESTS="2") as server:
            first = await busy(server)
            waiting = [asyncio.create_task(server.ask()) for _ in range(2)]
            await asyncio.sleep(0)
            refused = await server.ask()
            assert (refused.status, refused.headers["retry-after"]) == (503, "1")
            assert refused.text == "2 requests wait already"
            server.module.gate.set()
            assert {one.status for one in await asyncio.gather(first, *waiting)} == {200}

    asyncio.run(run())


def test_what_is_not_answered_in_time_is_told_and_not_predicted(serving: Serving) -> None:
    async def run() -> None:
        async with serving(REQUEST_TIMEOUT_SECONDS="0.05") as server:
            first = await busy(server)
            late = asyncio.create_task(server.ask("[[2], [3]]"))
            assert [one.status for one in await asyncio.gather(first, late)] == [504, 504]
            assert late.result().text == "no answer within 0.05 s"
            # What predicts for longer than a request may take is restarted by whoever asks.
            assert (await server.ask("", "/ping")).status == 503
            server.module.calls.clear()
            server.module.gate.set()
            while server.app._batcher._busy_since:
                await asyncio.sleep(0.001)
            assert server.module.calls == [1], "the late one's two rows were left out"
            assert (await server.ask("", "/ping")).status == 200
            assert (await server.ask()).status == 200

    asyncio.run(run())


def test_answered_requests_are_forgotten(serving: Serving) -> None:
    async def run() -> int:
        async with serving() as server:
            for _ in range(20):
                await server.ask()
            return len(server.app._batcher._open)

    assert asyncio.run(run()) <= 1


def test_what_still_waits_at_the_end_is_answered(serving: Serving) -> None:
    async def run() -> Any:
        async with serving() as server:
            first = await busy(server)
            await server.app._batcher.stop()
            server.module.gate.set()
            return await first

    got = asyncio.run(run())
    assert (got.status, got.text) == (503, "the server is stopping")
