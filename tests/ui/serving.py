"""The page on a port of this machine, for as long as a test needs it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from infra.cli.root import ROOT
from infra.ui.app import create
from infra.ui.guard import own_hosts
from infra.ui.serve import HOST, bound
from infra.ui.source import Source
from tests.ui.history import STACK


@contextmanager
def served(
    running: Callable[[], str | None], *, stack: str = STACK, refresh_seconds: int = 3600
) -> Iterator[str]:
    """Serve the page of a stack; yields its address."""
    source = Source(stack, ROOT, running=running)
    listening = bound(0)
    port = listening.getsockname()[1]
    app = create(source, hosts=own_hosts(port), refresh_seconds=refresh_seconds)
    server = uvicorn.Server(uvicorn.Config(app, access_log=False, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://{HOST}:{port}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
        app.state.site.asker.close()
        source.close()
