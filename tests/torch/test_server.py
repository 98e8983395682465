"""The model server in the image's own environment: torch, uvloop, httptools, Prometheus."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tests.torch.environment import PYTHON, needs_torch

pytestmark = [pytest.mark.torch, needs_torch]

ROOT = Path(__file__).parents[2]
PATIENCE = 240
CODE = """
import torch
from torch import nn

BATCHED = True

class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Unflatten(1, (1, 8, 8)), nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16),
            nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.5), nn.Linear(256, 10),
        )
    def forward(self, images): return self.layers(images).softmax(1)

def sample_fn(): return str([[0.5] * 64]), "application/json"

def model_fn(model_dir):
    torch.manual_seed(0)
    return Network()
"""


class Server:
    """A server that answers."""

    def __init__(self, folder: Path) -> None:
        (folder / "code").mkdir()
        (folder / "code/inference.py").write_text(CODE)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        environment = {
            "PATH": os.environ["PATH"],
            "SM_MODEL_DIR": str(folder),
            "SAGEMAKER_BIND_TO_PORT": str(self.port),
            "MAX_BATCH_ROWS": "16",
        }
        self.process = subprocess.Popen(
            [PYTHON, "-m", "pipelines.server", "serve"], cwd=ROOT, env=environment
        )

    def ask(self, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def predict(self, rows: list[list[float]]) -> list[list[float]]:
        status, body = self.ask("POST", "/invocations", json.dumps(rows))
        assert status == 200, body
        found: list[list[float]] = json.loads(body)
        return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("model"))
    deadline = time.monotonic() + PATIENCE
    while True:
        assert running.process.poll() is None
        assert time.monotonic() < deadline
        try:
            if running.ask("GET", "/ping")[0] == 200:
                break
        except ConnectionRefusedError:
            pass
        time.sleep(0.05)
    yield running
    running.process.kill()
    running.process.wait()


def test_answers_in_a_crowd_are_those_that_were_given_alone(server: Server) -> None:
    draw = np.random.default_rng(0)
    asked = [draw.random((1 + number % 3, 64)).tolist() for number in range(48)]
    alone = [server.predict(rows) for rows in asked]
    with ThreadPoolExecutor(16) as crowd:
        together = list(crowd.map(server.predict, asked * 4))
    for found, expected in zip(together, alone * 4, strict=True):
        assert np.allclose(found, expected, atol=1e-6)


def test_a_shape_that_the_network_does_not_take_fails_alone(server: Server) -> None:
    good = json.dumps([[0.5] * 64])
    with ThreadPoolExecutor(8) as crowd:
        bodies = [good, "[[1, 2]]", "[[1", good] * 8
        statuses = [
            one[0]
            for one in crowd.map(lambda body: server.ask("POST", "/invocations", body), bodies)
        ]
    assert statuses == [200, 500, 400, 200] * 8


def test_it_tells_how_it_batches(server: Server) -> None:
    with ThreadPoolExecutor(16) as crowd:
        list(crowd.map(lambda _: server.predict([[0.5] * 64]), range(64)))
    text = server.ask("GET", "/metrics")[1].decode()
    told = {name: float(value) for name, value in re.findall(r"^(serving_\S+) (\S+)$", text, re.M)}
    assert told["serving_batch_rows_sum"] > told["serving_batch_rows_count"] > 0
    assert told['serving_requests_total{code="200"}'] >= 64
    assert told["serving_queue_requests"] == 0
    assert told["serving_predict_seconds_sum"] > 0


def test_it_ends_when_it_is_told_to(server: Server) -> None:
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(PATIENCE) == 0
