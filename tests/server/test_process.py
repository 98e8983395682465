"""The server as a process: what it prints, how it ends, and that it drains."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.server import tag

MODEL = """
import pathlib, time
def sample_fn(): return "[[1]]", "application/json"
def model_fn(model_dir): return pathlib.Path(model_dir)
def predict_fn(data, model):
    if data[0][0] == 2:
        (model / "asked").touch()
        while not (model / "go").exists(): time.sleep(0.005)
    return data
"""
PATIENCE = 60
POST = "POST /invocations HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Return a function that starts the program of the image for a module."""
    started: list[subprocess.Popen[str]] = []
    for name, body in tag.program().items():
        path = tmp_path / "image" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)

    def run(code: str, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        (tmp_path / "code").mkdir()
        (tmp_path / "code/inference.py").write_text(code)
        process = subprocess.Popen(
            [sys.executable, "-m", "pipelines.server", *arguments],
            cwd=tmp_path / "image",
            env={
                "SM_MODEL_DIR": str(tmp_path),
                "SERVER_SOCKET": str(tmp_path / "s"),
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def connect(tmp_path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(PATIENCE)
    try:
        connection.connect(str(tmp_path / "s"))
    except OSError:
        connection.close()
        raise
    return connection


def ask(connection: socket.socket, request: str) -> str:
    connection.sendall(request.encode())
    return connection.recv(65_536).decode()


def wait_healthy(tmp_path: Path, process: subprocess.Popen[Any]) -> None:
    until((tmp_path / "s").exists, process)
    ping = "GET /ping HTTP/1.1\r\nHost: a\r\n\r\n"

    def healthy() -> bool:
        try:
            with connect(tmp_path) as connection:
                return " 200 " in ask(connection, ping).partition("\r\n")[0]
        except ConnectionRefusedError:
            return False

    until(healthy, process)


def until(true: Callable[[], bool], process: subprocess.Popen[Any]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_model_that_cannot_be_loaded_ends_it_with_the_reason(start: Any) -> None:
    process = start("def model_fn(d): raise OSError('weights are missing')\n", "serve")
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert output.splitlines()[-1] == "OSError: weights are missing"


@pytest.mark.parametrize(
    ("arguments", "environment", "status", "told"),
    [
        (["train"], {}, 2, "the server's one command is serve, got train"),
        ([], {"MAX_BATCH_ROWS": "0"}, 1, "MAX_BATCH_ROWS must be 1 to 65536, got 0"),
    ],
)
def test_what_it_does_not_know_is_refused_at_once(
    start: Any, arguments: list[str], environment: dict[str, str], status: int, told: str
) -> None:
    process = start(MODEL, *arguments, **environment)
    output, _ = process.communicate(timeout=PATIENCE)
    assert (process.returncode, output.strip()) == (status, told)


def test_it_answers_what_is_under_way_before_it_ends(start: Any, tmp_path: Path) -> None:
    process = start(MODEL, "serve")
    wait_healthy(tmp_path, process)
    with connect(tmp_path) as connection:
        connection.sendall(f"{POST}Content-Length: 5\r\n\r\n[[2]]".encode())
        until((tmp_path / "asked").exists, process)
        process.send_signal(signal.SIGTERM)

        def refused() -> bool:
            try:
                connect(tmp_path).close()
            except OSError:
                return True
            return False

        until(refused, process)
        (tmp_path / "go").touch()
        answer = "".join(iter(lambda: connection.recv(65_536).decode(), ""))
    assert answer.startswith("HTTP/1.1 200 ")
    assert answer.endswith("[[2.0]]")
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0


def test_it_ends_though_a_prediction_does_not(start: Any, tmp_path: Path) -> None:
    process = start(MODEL, "serve", DRAIN_SECONDS="0")
    wait_healthy(tmp_path, process)
    with connect(tmp_path) as connection:
        connection.sendall(f"{POST}Content-Length: 5\r\n\r\n[[2]]".encode())
        until((tmp_path / "asked").exists, process)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
