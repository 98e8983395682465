"""Connections to a container that are used again, and those that it closed meanwhile."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.emulator.hosting.connections import Connections

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: text/csv\r\ncontent-length: 1\r\n\r\n"


@contextmanager
def server(address: str, *, answers: int) -> Iterator[list[int]]:
    """Answer so often on each connection, then close it; yield how often each was."""
    told: list[int] = []
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(address)
    listening.listen()

    def serve() -> None:
        while True:
            try:
                connection = listening.accept()[0]
            except OSError:
                return
            told.append(0)
            with connection:
                while told[-1] < answers and connection.recv(1024):
                    told[-1] += 1
                    connection.sendall(ANSWER + str(len(told)).encode())

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield told
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()


def test_a_connection_is_used_again(tmp_path: Path) -> None:
    connections = Connections(str(tmp_path / "s"))
    with server(str(tmp_path / "s"), answers=2) as told:
        assert [connections.ask(b"x", 5).body for _ in range(2)] == [b"1", b"1"]
        connections.close()
    assert told == [2]


def test_one_that_the_server_closed_is_replaced_by_a_new_one(tmp_path: Path) -> None:
    connections = Connections(str(tmp_path / "s"))
    with server(str(tmp_path / "s"), answers=1) as told:
        assert [connections.ask(b"x", 5).body for _ in range(3)] == [b"1", b"2", b"3"]
        connections.close()
    assert told == [1, 1, 1]


def test_a_new_one_that_is_closed_without_an_answer_is_an_error(tmp_path: Path) -> None:
    connections = Connections(str(tmp_path / "s"))
    with (
        server(str(tmp_path / "s"), answers=0),
        pytest.raises(OSError, match=r"closed|pipe|reset"),
    ):
        connections.ask(b"x", 5)
