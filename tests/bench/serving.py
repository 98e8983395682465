"""The model server beside a plain Uvicorn app with the same network, at 1, 8 and 64 clients."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from infra.emulator.containers.images import python_of
from tests.bench.measure import Line, shown

ROOT = Path(__file__).parents[2]
PYTHON = python_of("torch")
CODE = ROOT / "pipelines/digits/steps/inference.py"
CLIENTS = (1, 8, 64)
WINS_FROM = 8
ROUNDS = 5
SECONDS = 2.0
BODIES = 16
START_SECONDS = 120
SIDES = {
    "ours": ("-m", "pipelines.server", "serve"),
    "awaited": ("-m", "tests.bench.serving_side", "awaited"),
    "threaded": ("-m", "tests.bench.serving_side", "threaded"),
}
"""Ours, and the two forms of a plain app; the better one is what ours is held to."""

WEIGHTS = """
import json, sys, torch
sys.path.insert(0, sys.argv[1] + "/code")
import inference
torch.manual_seed(0)
torch.save(inference.Network().state_dict(), sys.argv[1] + "/model.pt")
open(sys.argv[1] + "/network.json", "w").write("{}")
"""
"""The network of the use case digits, untrained: it takes the same time."""


def run() -> Iterator[Line]:
    """Measure both in turn, so that the machine's noise hits both."""
    ours_cores, client_cores = _parted()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as ending:
        folder = Path(name)
        bodies = _prepare(folder)
        ports = {}
        for side, command in SIDES.items():
            ports[side] = _free_port()
            process = _start(command, folder, ports[side], ours_cores)
            ending.callback(_end, process)
            _wait(ports[side], process)
        apart = _apart(ports, bodies)
        yield Line(
            what="serving: answers beside the plain app's, largest difference",
            measured=f"{apart:.1e}",
            bound="at most 1e-5",
            held=apart <= 1e-5,
        )
        for clients in CLIENTS:
            rounds: dict[str, list[dict[str, float]]] = {side: [] for side in SIDES}
            for _ in range(ROUNDS):
                for side in SIDES:
                    found = _load(ports[side], clients, folder / "bodies.json", client_cores)
                    rounds[side].append(found)
            yield from _lines(clients, rounds)


def _lines(clients: int, rounds: Mapping[str, Sequence[dict[str, float]]]) -> Iterator[Line]:
    what = f"serving: {clients} client{'s' if clients > 1 else ''}"
    promised = clients >= WINS_FROM
    rates = {
        side: [one["requests"] / one["seconds"] for one in found] for side, found in rounds.items()
    }
    form, ours, plain, ratio = _beside(rates, best=max)
    yield Line(
        what=f"{what}, requests a second",
        measured=f"{ours:,.0f}",
        floor=f"plain Uvicorn app {plain:,.0f} ({form})",
        ratio=ratio,
        bound="above 1" if promised else "",
        held=ratio > 1 if promised else None,
    )
    times = {side: [one["p99"] for one in found] for side, found in rounds.items()}
    form, ours, plain, ratio = _beside(times, best=min)
    yield Line(
        what=f"{what}, 99th percentile",
        measured=shown(ours),
        floor=f"plain Uvicorn app {shown(plain)} ({form})",
        ratio=ratio,
        bound="below 1" if promised else "",
        held=ratio < 1 if promised else None,
    )


def _beside(
    measured: Mapping[str, Sequence[float]], *, best: Callable[..., str]
) -> tuple[str, float, float, float]:
    """Return the better form of the plain app, the medians of ours and its, and their ratios'."""
    middle = {side: statistics.median(found) for side, found in measured.items()}
    form = best((side for side in middle if side != "ours"), key=middle.__getitem__)
    pairs = zip(measured["ours"], measured[form], strict=True)
    return form, middle["ours"], middle[form], statistics.median(a / b for a, b in pairs)


def _parted() -> tuple[set[int] | None, set[int] | None]:
    """Return the cores of the servers and that of the client, which else would take theirs."""
    if not hasattr(os, "sched_setaffinity"):
        return None, None
    cores = sorted(os.sched_getaffinity(0))
    return set(cores[:-1]) or set(cores), {cores[-1]}


def _prepare(folder: Path) -> list[str]:
    (folder / "code").mkdir()
    shutil.copy(CODE, folder / "code/inference.py")
    subprocess.run([PYTHON, "-c", WEIGHTS, folder], check=True)
    bodies = [
        f"image-{number}," + ",".join(str((place * 7 + number) % 17) for place in range(64)) + "\n"
        for number in range(BODIES)
    ]
    given = {"content_type": "text/csv", "bodies": bodies}
    (folder / "bodies.json").write_text(json.dumps(given))
    return bodies


def _start(command: Sequence[str], folder: Path, port: int, cores: set[int] | None) -> psutil.Popen:
    environment = {
        "PATH": os.environ["PATH"],
        "SM_MODEL_DIR": str(folder),
        "SAGEMAKER_BIND_TO_PORT": str(port),
        "LOG_LEVEL": "WARNING",
    }
    more = [] if command[-1] == "serve" else [str(port)]
    with _bound(cores):
        return psutil.Popen([PYTHON, *command, *more], cwd=ROOT, env=environment)


@contextlib.contextmanager
def _bound(cores: set[int] | None) -> Iterator[None]:
    """Bind what is started meanwhile to some cores."""
    if cores is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _wait(port: int, process: psutil.Popen) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the server on port {port} did not start")
        with contextlib.suppress(OSError), _connected(port) as connection:
            connection.request("GET", "/ping")
            if connection.getresponse().status == http.client.OK:
                return
        time.sleep(0.1)


@contextlib.contextmanager
def _connected(port: int) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        yield connection
    finally:
        connection.close()


def _apart(ports: dict[str, int], bodies: Sequence[str]) -> float:
    worst = 0.0
    for body in bodies:
        found = []
        for port in ports.values():
            with _connected(port) as connection:
                headers = {"Content-Type": "text/csv", "Accept": "text/csv"}
                connection.request("POST", "/invocations", body, headers)
                line = connection.getresponse().read().decode().strip()
                found.append([float(cell) for cell in line.split(",")[1:]])
        worst = max(worst, *(max(row) - min(row) for row in zip(*found, strict=True)))
    return worst


def _load(port: int, clients: int, bodies: Path, cores: set[int] | None) -> dict[str, Any]:
    told = map(str, (port, clients, SECONDS, bodies))
    command = [str(PYTHON), "-m", "tests.bench.serving_client", *told]
    with _bound(cores):
        process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(process.stdout)
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _end(process: psutil.Popen) -> None:
    process.terminate()
    process.wait(60)
