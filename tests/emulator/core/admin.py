"""Calls of the admin API."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from infra.emulator.server import Emulator


def ask(
    emulator: Emulator, method: str, path: str, body: object = None, **headers: str
) -> tuple[int, Any]:
    """Call the admin API and return status and JSON."""
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{emulator.endpoint_url}/_mlops/{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - loopback
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())
