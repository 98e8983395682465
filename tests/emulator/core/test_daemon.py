"""The emulator in the background of a project."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from infra.emulator import daemon, launch, processes
from infra.emulator.processes import is_alive
from infra.emulator.server import Emulator
from tests.emulator.support import function, gone


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """Return a project directory; whatever runs for it is stopped afterwards."""
    yield tmp_path
    daemon.stop(tmp_path)


def test_two_starters_at_once_get_the_same_emulator_and_stop_ends_it(root: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(daemon.ensure_running, [root, root])
    assert first == second == daemon.running(root)
    assert daemon.stop(root)
    assert not is_alive(first.pid)
    assert daemon.running(root) is None
    assert not daemon.stop(root)
    assert list((root / ".mlops" / "emulator").iterdir()) == []


def test_a_killed_emulator_leaves_a_stale_record_and_another_starts(root: Path) -> None:
    killed = daemon.ensure_running(root)
    os.kill(killed.pid, signal.SIGKILL)
    os.waitpid(killed.pid, 0)
    assert daemon.running(root) is None
    assert daemon.ensure_running(root).pid != killed.pid


@pytest.mark.parametrize("record", ["", "{}", '{"url": "http://127.0.0.1:9", "pid": 1}'])
def test_a_record_of_something_else_is_no_emulator(root: Path, record: str) -> None:
    (root / ".mlops").mkdir()
    (root / ".mlops" / "emulator.json").write_text(record)
    assert daemon.running(root) is None


def test_a_start_that_fails_shows_the_end_of_the_log(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = root / "infra"
    broken.mkdir()
    (broken / "__init__.py").write_text("raise SystemExit('broken on purpose')")
    monkeypatch.setattr(launch, "__file__", str(broken / "emulator" / "launch.py"))
    with pytest.raises(launch.StartError, match="broken on purpose"):
        daemon.ensure_running(root)
    assert daemon.running(root) is None


LAMBDA = """
import json, sys
from infra.emulator.server import Emulator
from tests.emulator.support import function, gone, REGION
with Emulator(parts=("credentials", "admin", "lambdas")) as emulator:
    function(emulator, "idle", "import os\\ndef handler(e, c): return os.getpid()")
    arn = f"arn:aws:lambda:{REGION}:123456789012:function:idle"
    child = int(emulator.context.invoke_lambda(arn, b"{}").payload)
    print(json.dumps({"child": child}), flush=True)
    sys.stdin.read()
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs PR_SET_PDEATHSIG")
def test_a_killed_emulator_takes_its_functions_along() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", LAMBDA], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as emulator:
        assert emulator.stdout is not None
        child = json.loads(emulator.stdout.readline())["child"]
        assert is_alive(child)
        emulator.kill()
    assert gone(child)


def test_stopping_ends_a_function_in_the_middle_of_its_work(tmp_path: Path) -> None:
    started = tmp_path / "pid"
    source = f"""
import os, time
def handler(event, context):
    open({str(started)!r}, "w").write(f"{{os.getpid()}}\\n")
    time.sleep(60)
"""
    began = time.monotonic()
    with Emulator(parts=("credentials", "admin", "lambdas")) as emulator:
        arn = function(emulator, "sleeping", source, Timeout=60)
        emulator.context.work.submit("caller", emulator.context.invoke_lambda, arn, b"{}")
        while not (started.exists() and started.read_text().endswith("\n")):
            assert time.monotonic() - began < 30
            time.sleep(0.02)
        pid = int(started.read_text())
    assert gone(pid)
    assert time.monotonic() - began < 45
    processes.kill(processes.start(["true"], environment={"PATH": "/usr/bin:/bin"}))


def test_sigterm_ends_the_emulator_its_port_and_its_scratch_directory(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "infra.emulator", "--home", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as emulator:
        assert emulator.stdout is not None
        said = json.loads(emulator.stdout.readline())
        assert said["pid"] == emulator.pid
        assert list(tmp_path.iterdir())
        emulator.terminate()
        assert emulator.wait(10) == 0
    assert list(tmp_path.iterdir()) == []
