"""The emulator's own API, beside those of AWS."""

from __future__ import annotations

from typing import Any

import requests


class AdminError(RuntimeError):
    """The emulator did not answer as it should."""


class Admin:
    """Asks one emulator."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint

    def status(self) -> dict[str, Any]:
        """Return endpoint, process id, clock and what is under way."""
        return self.call("GET", "status")

    def stacks(self) -> list[str]:
        """Return the names of the stacks that stand."""
        return list(self.call("GET", "stacks")["stacks"])

    def call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """Call ``/_mlops/<path>``; waits as long as the emulator does.

        Raises:
            AdminError: no answer, or one that says what is wrong.
        """
        url = f"{self._endpoint}/_mlops/{path}"
        try:
            answer = requests.request(method, url, json=body, timeout=1200)
        except requests.RequestException as error:
            raise AdminError(f"{method} {url}: {error}") from error
        if not answer.ok:
            raise AdminError(f"{method} {url} answered {answer.status_code}: {answer.text[:500]}")
        document: dict[str, Any] = answer.json()
        return document
