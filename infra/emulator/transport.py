"""HTTP for the emulator: keep-alive, one write per answer, loopback only."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Callable, Iterable
from email.utils import formatdate
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import BaseWSGIServer, make_server

MAX_BODY_BYTES = 1024**3
"""A request larger than this is refused: it would be held in memory whole."""


class Handler(MotoRequestHandler):
    """Serves requests of one connection, one after the other.

    werkzeug's own handler closes the connection after each answer, because it cannot know whether
    the application read the body. This one reads the body first, so the connection can stay.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        """Remember the connection, so that stopping the server can end it."""
        super().setup()
        connections = getattr(self.server, "connections", None)
        if connections is not None:
            connections.add(self.connection)

    def finish(self) -> None:
        """Forget the connection."""
        connections = getattr(self.server, "connections", None)
        if connections is not None:
            connections.discard(self.connection)
        super().finish()

    def run_wsgi(self) -> None:
        """Answer one request."""
        environ = self.make_environ()
        body = self._body(environ)
        if body is None:
            self.close_connection = True
            self._write("413 Content Too Large", [("Content-Length", "0")], b"")
            return
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        environ.pop("wsgi.input_terminated", None)

        answer: list[Any] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], exc_info: object = None
        ) -> Callable[[bytes], object]:
            del exc_info
            answer[:] = [status, headers]
            return written.append

        written: list[bytes] = []
        app: WSGIApplication = self.server.app
        result = app(environ, start_response)
        try:
            written.extend(result)
        finally:
            close = getattr(result, "close", None)
            if close is not None:
                close()
        status, headers = answer
        try:
            self._write(status, headers, b"".join(written))
        except ConnectionError:
            self.close_connection = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log no request: thousands a minute would drown what matters."""

    def _body(self, environ: WSGIEnvironment) -> bytes | None:
        if environ.get("wsgi.input_terminated"):
            body: bytes = environ["wsgi.input"].read(MAX_BODY_BYTES + 1)
            return body if len(body) <= MAX_BODY_BYTES else None
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_BODY_BYTES:
            return None
        return self.rfile.read(length) if length else b""

    def _write(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        head = self.command == "HEAD"
        named = {name.lower() for name, _ in headers}
        lines = [f"{self.protocol_version} {status}"]
        lines += [f"{name}: {value}" for name, value in headers if not _per_hop(name, head=head)]
        if not (head and "content-length" in named) and status[:3] not in {"204", "304"}:
            lines.append(f"Content-Length: {0 if head else len(body)}")
        if "date" not in named:
            lines.append(f"Date: {formatdate(usegmt=True)}")
        if self.close_connection:
            lines.append("Connection: close")
        start = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        self.wfile.write(start if head or status[:3] in {"204", "304"} else start + body)


def _per_hop(name: str, *, head: bool) -> bool:
    lowered = name.lower()
    return lowered in {"connection", "transfer-encoding"} or (
        lowered == "content-length" and not head
    )


class Listener:
    """A web server on 127.0.0.1 with a thread for each connection."""

    def __init__(self, app: WSGIApplication, port: int) -> None:
        self._server: BaseWSGIServer = make_server(
            "127.0.0.1", port, app, threaded=True, request_handler=Handler
        )
        self._connections: set[socket.socket] = set()
        self._server.connections = self._connections  # type: ignore[attr-defined] # read by Handler
        self.port: int = self._server.server_port
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="listener", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Close the port and every connection."""
        self._server.shutdown()
        self._server.server_close()
        for connection in list(self._connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        self._thread.join()


def respond(
    start_response: StartResponse, status: str, headers: dict[str, str], body: bytes
) -> Iterable[bytes]:
    """Answer a request with these bytes."""
    start_response(status, [*headers.items(), ("Content-Length", str(len(body)))])
    return [body]
