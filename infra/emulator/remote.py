"""The emulator's own API, beside those of AWS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests

WAIT_SECONDS = 1200.0
"""How long an answer may take: moving the clock waits for all that this sets off."""


class AdminError(RuntimeError):
    """The emulator did not answer as it should."""

    def __init__(self, said: str, *, status: int | None = None, reason: str = "") -> None:
        """Keep the HTTP status, ``None`` where nothing answered, and the emulator's own words."""
        super().__init__(said)
        self.status = status
        self.reason = reason


class Admin:
    """Asks one emulator."""

    def __init__(self, endpoint: str, *, wait_seconds: float = WAIT_SECONDS) -> None:
        self._endpoint = endpoint.rstrip("/")
        self._wait_seconds = wait_seconds

    def status(self) -> dict[str, Any]:
        """Return endpoint, process id, clock and what is under way."""
        return self.call("GET", "status")

    def stacks(self) -> list[str]:
        """Return the names of the stacks that stand."""
        return list(self.call("GET", "stacks")["stacks"])

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,  # noqa: ANN401 - JSON
        *,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Call ``/_mlops/<path>``; waits as long as the emulator does.

        Raises:
            AdminError: no answer, or one that says what is wrong.
        """
        url = f"{self._endpoint}/_mlops/{path}"
        try:
            answer = requests.request(
                method, url, json=body, headers=headers, timeout=self._wait_seconds
            )
        except requests.ConnectionError:
            way_out = "start one with `mlops up`, or mend AWS_ENDPOINT_URL"
            raise AdminError(f"no emulator answers at {self._endpoint}: {way_out}") from None
        except requests.RequestException as error:
            raise AdminError(f"{method} {url}: {error}") from error
        if not answer.ok:
            said = f"{method} {url} answered {answer.status_code}: {answer.text[:500]}"
            raise AdminError(said, status=answer.status_code, reason=_message(answer))
        document: dict[str, Any] = answer.json()
        return document


def _message(answer: requests.Response) -> str:
    try:
        return str(answer.json()["message"])
    except (ValueError, KeyError, TypeError):
        return answer.text[:500]
