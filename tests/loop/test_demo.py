"""The demo, cut short: what a newcomer sees, and what is left when it is killed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest

ROOT = Path(__file__).parents[2]
MLOPS = [sys.executable, "-m", "infra.cli.main"]

pytestmark = pytest.mark.loop


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    report = tmp_path_factory.mktemp("demo") / "report.html"
    command = [*MLOPS, "demo", "--last-month", "4", "--report", str(report)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    story: dict[str, Any] = json.loads(report.with_suffix(".json").read_text())
    return {**story, "printed": done.stdout, "page": report.read_text()}


def test_every_month_is_served_by_a_version_trained_before_it(played: dict[str, Any]) -> None:
    assert [month["month"] for month in played["months"]] == ["2013-03", "2013-04"]
    assert all(month["rows"] > 25_000 for month in played["months"])
    assert all(month["reached"] > 0.6 for month in played["months"])


def test_drift_retrains_and_the_better_challenger_goes_live(played: dict[str, Any]) -> None:
    served = [int(month["version"]) for month in played["months"]]
    assert served == [1, 2]
    assert played["live"] == "v3"


def test_the_gate_refuses_with_a_reason_before_there_are_labels(played: dict[str, Any]) -> None:
    decisions = [one for one in played["happenings"] if one["lane"] == "decision"]
    assert decisions[0]["what"] == "refuse: labels"
    assert all(one["detail"] for one in decisions)


def test_lineage_leads_from_the_endpoint_to_raw_data(played: dict[str, Any]) -> None:
    lineage = dict(played["lineage"])
    assert lineage["endpoint"] == ["flights-sandbox-flights"]
    assert lineage["model version"] == ["flights-sandbox-flights/3"]
    assert "raw/flights/batch=2013-04/flights.csv (flights)" in lineage["raw data and labels"]
    assert played["associations"]


def test_the_page_needs_nothing_from_elsewhere(played: dict[str, Any]) -> None:
    assert "2013-04" in played["page"]
    assert 'src="http' not in played["page"]
    assert '<link rel="stylesheet"' not in played["page"]


def test_the_terminal_ends_with_a_table_and_the_report(played: dict[str, Any]) -> None:
    assert "2013-04" in played["printed"]
    assert "report.html" in played["printed"].replace("\n", "")


@pytest.fixture
def running() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [*MLOPS, "demo", "--last-month", "3", "--report", os.devnull],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    yield process
    process.kill()
    process.wait()


def test_a_killed_demo_leaves_no_process_and_no_port(running: subprocess.Popen[bytes]) -> None:
    family = _family(running.pid, at_least=4)
    ports = _listening([one for process in family for one in _connections(process)])
    assert ports, "the emulator must have been listening"
    running.send_signal(signal.SIGKILL)
    running.wait()
    _, alive = psutil.wait_procs(family, timeout=30)
    assert alive == []
    assert not ports & _listening(psutil.net_connections("inet"))


def _connections(process: psutil.Process) -> Sequence[Any]:
    try:
        return process.net_connections("inet")
    except psutil.NoSuchProcess:
        return []  # a step that has ended meanwhile


def _listening(connections: Sequence[Any]) -> set[int]:
    return {one.laddr.port for one in connections if one.status == psutil.CONN_LISTEN}


def _family(pid: int, *, at_least: int) -> list[psutil.Process]:
    """The demo's descendants, once there are so many: emulator, warm interpreters, a step."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        family: list[psutil.Process] = psutil.Process(pid).children(recursive=True)
        if len(family) >= at_least:
            return family
        time.sleep(0.2)
    raise AssertionError(f"only {len(family)} descendants after 90 s")
