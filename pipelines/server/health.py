"""``python -m pipelines.server.health``: 0 where the server beside it answers ``/ping``."""

from __future__ import annotations

import http.client
import os
import sys

SECONDS = 2


def healthy(port: int) -> bool:
    """Ask the server on this machine's own port."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request("GET", "/ping")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if healthy(int(os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080"))) else 1)
