"""What the server lets in and lets out: reads from this machine's own browser alone."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

READS: Final = ("GET", "HEAD")
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}


class Guard:
    """Checks host and method, and marks each answer.

    A page elsewhere whose name was made to point here (DNS rebinding) still sends its own name as
    Host; and no other site may read, frame or embed what is answered.
    """

    def __init__(self, app: ASGIApp, *, hosts: frozenset[str]) -> None:
        """Answer to ``hosts`` alone, each with its port."""
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        answer = self._refusal(scope)
        await (answer or self._app)(scope, receive, marked)

    def _refusal(self, scope: Scope) -> ASGIApp | None:
        host = Headers(scope=scope).get("host", "")
        if host.lower() not in self._hosts:
            told = f"Host must be one of {sorted(self._hosts)}, got {host!r}\n"
            return PlainTextResponse(told, status_code=421)
        if scope["method"] not in READS:
            told = f"method must be one of {list(READS)}, got {scope['method']}: it is read-only\n"
            return PlainTextResponse(told, status_code=405, headers={"Allow": ", ".join(READS)})
        return None


def own_hosts(port: int) -> frozenset[str]:
    """Return the names under which this machine's own browser finds the page."""
    return frozenset(f"{name}:{port}" for name in ("127.0.0.1", "localhost"))
