"""HTTP over a container's socket, with connections that are used again."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model's container answered."""

    status: int
    content_type: str
    body: bytes


class Connections:
    """Those to one server, each free again once it has answered."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._free: list[socket.socket] = []
        self._lock = threading.Lock()
        self._closed = False

    def ask(self, request: bytes, seconds: float) -> Reply:
        """Send a request over a connection that is free, or a new one where the server closed it.

        Servers close connections that nobody uses for some seconds.

        Raises:
            OSError: nobody answers, or not within ``seconds``.
        """
        with self._lock:
            held = self._free.pop() if self._free else None
        if held is not None:
            with contextlib.suppress(ConnectionError):
                return self._told(held, request, seconds)
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            made.connect(self._address)
        except OSError:
            made.close()
            raise
        return self._told(made, request, seconds)

    def close(self) -> None:
        """Close those that are free, and each other one once it has answered."""
        with self._lock:
            self._closed = True
            free, self._free = self._free, []
        for connection in free:
            connection.close()

    def _told(self, connection: socket.socket, request: bytes, seconds: float) -> Reply:
        try:
            connection.settimeout(seconds)
            connection.sendall(request)
            reply, kept = _read(connection)
        except OSError:
            connection.close()
            raise
        with self._lock:
            if self._closed or not kept:
                connection.close()
            else:
                self._free.append(connection)
        return reply


def _read(connection: socket.socket) -> tuple[Reply, bool]:
    """Read one answer, which always tells its length, and whether the connection can be kept."""
    data = bytearray()
    while (end := data.find(b"\r\n\r\n")) < 0:
        data += _receive(connection)
    start, *lines = bytes(data[:end]).decode("latin-1").split("\r\n")
    pairs = (line.split(": ", 1) for line in lines)
    headers = {name.lower(): value for name, value in pairs}
    length = int(headers["content-length"])
    body = data[end + 4 :]
    while len(body) < length:
        body += _receive(connection)
    reply = Reply(int(start.split(" ")[1]), headers["content-type"], bytes(body))
    return reply, headers.get("connection", "").lower() != "close"


def _receive(connection: socket.socket) -> bytes:
    chunk = connection.recv(1 << 18)
    if not chunk:
        raise ConnectionError("the container closed the connection")
    return chunk
