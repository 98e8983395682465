"""Serves the page on this machine until it is stopped."""

from __future__ import annotations

import socket
import webbrowser
from collections.abc import Callable
from typing import Final

import uvicorn

from infra.ui.app import create
from infra.ui.guard import own_hosts
from infra.ui.source import Source

HOST: Final = "127.0.0.1"
END_SECONDS: Final = 1
"""How long an answer under way may still take after Ctrl-C."""


def bound(port: int) -> socket.socket:
    """Return a socket of this machine alone; port 0 takes a free one.

    Raises:
        OSError: the port is taken, or is none of this user's.
    """
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((HOST, port))
        made.listen()
    except OSError:
        made.close()
        raise
    return made


def serve(
    source: Source,
    listening: socket.socket,
    *,
    refresh_seconds: int,
    ready: Callable[[str], None],
    opens: bool = False,
) -> None:
    """Serve until the process is told to stop; ``ready`` hears the address."""
    port = listening.getsockname()[1]
    address = f"http://{HOST}:{port}/"
    app = create(source, hosts=own_hosts(port), refresh_seconds=refresh_seconds)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            access_log=False,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=END_SECONDS,
            lifespan="off",
        )
    )
    ready(address)
    if opens:
        webbrowser.open(address)
    try:
        server.run(sockets=[listening])
    except KeyboardInterrupt:
        pass  # uvicorn has ended in order, and says so by raising what it was sent
    finally:
        app.state.site.asker.close()
        source.close()
