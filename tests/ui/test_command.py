"""``mlops ui`` as a person starts and ends it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
import requests
from typer.testing import CliRunner

from infra.cli.main import app
from infra.cli.root import ROOT
from tests.ui.history import STACK

NOWHERE = "http://127.0.0.1:9"
"""An emulator that is none: the page then says so."""


@pytest.fixture
def started() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start the command on a free port; yields its process and address."""
    with subprocess.Popen(
        [sys.executable, "-m", "infra.cli.main", "ui", "-s", STACK, "--port", "0"],
        cwd=ROOT,
        env={**os.environ, "AWS_ENDPOINT_URL": NOWHERE, "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        yield process, next(word for word in line.split() if word.startswith("http"))
        process.kill()


def test_it_tells_where_it_is_and_ends_at_once_on_ctrl_c(
    started: tuple[subprocess.Popen[str], str],
) -> None:
    process, address = started
    with requests.Session() as session:  # a browser keeps its connection open
        page = session.get(address, timeout=60).text
        assert f"no emulator answers at {NOWHERE}" in page
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=30)
    assert time.monotonic() - began < 10
    assert process.returncode == 0
    assert "Traceback" not in complaints


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = CliRunner().invoke(app, ["ui", "-s", STACK, "--port", str(port)])
    assert told.exit_code == 2
    assert f"port {port} cannot be had" in told.output


def test_a_stack_that_is_none_is_told_with_those_that_there_are() -> None:
    told = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["ui", "-s", "nobody-dev"])
    assert told.exit_code == 1
    assert "nobody-dev" in told.output


def test_its_help_says_what_it_shows_and_how_to_try_it() -> None:
    told = CliRunner(env={"COLUMNS": "120", "NO_COLOR": "1"}).invoke(app, ["ui", "--help"])
    for word in ("why the last retraining was refused", "mlops demo --keep", "127.0.0.1", "--aws"):
        assert word in " ".join(told.output.split()), word
