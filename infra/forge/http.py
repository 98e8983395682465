"""JSON over HTTP to a forge's API, with pages."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

SECONDS: Final = 30
PAGE: Final = 100
PAGES: Final = 50
"""Pages that are read at most: an answer without end is none of a forge's."""
BYTES: Final = 32 << 20
"""What is read of one answer at most: an artifact is as long as a stranger made it."""


class ForgeError(RuntimeError):
    """A forge did not do what it was asked."""


class _Stay(HTTPRedirectHandler):
    """Follows no redirect: a token goes to the API alone."""

    def redirect_request(self, *_: Any) -> None:  # noqa: ANN401 - the base class's
        return None


_OPENER = build_opener(_Stay())


@dataclass(frozen=True, kw_only=True, slots=True)
class Api:
    """One forge's API."""

    url: str
    """Without a slash at its end; forges tell their runners."""
    headers: Mapping[str, str] = field(repr=False)

    def ask(
        self, method: str, path: str, body: Mapping[str, object] | None = None, **query: str | int
    ) -> Any:  # noqa: ANN401 - JSON
        """Return the answer.

        Raises:
            ForgeError: it is an error, or there is none, or it is no JSON.
        """
        answer = self.raw(method, path, body, **query)
        try:
            return json.loads(answer or b"null")
        except ValueError as error:
            raise ForgeError(f"{method} {path}: answer must be JSON: {error}") from error

    def raw(
        self, method: str, path: str, body: Mapping[str, object] | None = None, **query: str | int
    ) -> bytes:
        """Return the answer's bytes.

        Raises:
            ForgeError: it is an error, or there is none, or it is too long.
        """
        asked = f"{self.url}{path}" + (f"?{urlencode(query)}" if query else "")
        if not asked.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
            raise ForgeError(f"url must be https, got {self.url!r}")
        data = None if body is None else json.dumps(body).encode()
        headers = {**self.headers, "Content-Type": "application/json", "User-Agent": "mlops-loop"}
        request = Request(asked, data=data, method=method, headers=headers)  # noqa: S310 - https, above
        try:
            with _OPENER.open(request, timeout=SECONDS) as answer:
                found = bytes(answer.read(BYTES + 1))
        except HTTPError as error:
            said = error.read(500).decode(errors="replace")
            raise ForgeError(f"{method} {path}: {error.code} {error.reason}: {said}") from error
        except (OSError, HTTPException) as error:  # also one that ends in the midst of its answer
            raise ForgeError(f"{method} {path}: {getattr(error, 'reason', error)}") from error
        if len(found) > BYTES:
            raise ForgeError(f"{method} {path}: answer must be at most {BYTES} bytes, got more")
        return found

    def pages(self, path: str, **query: str | int) -> Iterator[Any]:
        """Yield what all pages of a list hold.

        Raises:
            ForgeError: a page is an error.
        """
        for number in range(1, PAGES + 1):
            found = self.ask("GET", path, None, per_page=PAGE, page=number, **query)
            yield from found
            if len(found) < PAGE:
                return


def variable(name: str) -> str:
    """Return a variable that the forge, or the workflow, sets.

    Raises:
        ForgeError: it is not set.
    """
    if value := os.environ.get(name):
        return value
    raise ForgeError(f"{name} must be set, as a workflow's job has it")
