"""``python -m pipelines.server [serve]``: serve the model until SIGTERM.

SageMaker runs the image with the argument ``serve``; Kubernetes needs none. Exits with 1, the
reason on stderr, where the model cannot be loaded, and with 0 after SIGTERM.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from typing import NoReturn

from pipelines.server.device import prepare
from pipelines.server.settings import Settings

log = logging.getLogger(__name__)

KEEP_ALIVE_SECONDS = 75
"""Longer than what stands before the server keeps its connections, or it would use closed ones."""


def main(arguments: list[str]) -> int:
    """Serve and return the exit status."""
    if arguments not in ([], ["serve"]):
        sys.stderr.write(f"the server's one command is serve, got {' '.join(arguments)}\n")
        return 2
    logging.basicConfig(
        level=os.environ.get("LOG_LEVEL", "INFO").upper(),
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    try:
        settings = Settings.read(os.environ)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    prepare(settings.device, settings.num_threads, os.environ)
    # Only now: numpy reads those variables when it is imported.
    import uvicorn  # noqa: PLC0415

    from pipelines.server.app import App  # noqa: PLC0415

    app = App(settings, on_failure=lambda: setattr(server, "should_exit", True))
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host="0.0.0.0",  # noqa: S104 - a container's own
            port=settings.port,
            uds=settings.socket,
            lifespan="on",
            ws="none",
            log_config=None,
            access_log=False,
            date_header=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=int(settings.drain_seconds),
        )
    )
    # The server takes the signals over while it runs, and raises them again once it has drained.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    try:
        server.run()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    if app.failure is not None:
        # The last line, which is what whoever started it shows.
        sys.stderr.write(f"{type(app.failure).__name__}: {app.failure}\n")
        return 1
    return 0


def end(status: int) -> NoReturn:
    """End at once: a thread that loads or predicts on cannot be waited for."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    end(main(sys.argv[1:]))
