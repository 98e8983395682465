"""Code that nobody has reviewed runs without network, credentials, and end."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import psutil
import pytest

from infra.plan.isolation import Bounds, IsolationError, network_can_be_cut, run

cut = pytest.mark.skipif(not network_can_be_cut(), reason="no way here to refuse the network")


def said(tmp_path: Path, code: str, *, seconds: float = 60, memory_mib: int = 4096) -> str:
    return run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=tmp_path,
        home=tmp_path,
        bounds=Bounds(seconds=seconds, memory_mib=memory_mib),
    )


@cut
@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK"])
def test_no_socket_of_any_kind_opens(tmp_path: Path, family: str) -> None:
    with pytest.raises(IsolationError, match="Permission denied"):
        said(tmp_path, f"import socket; socket.socket(socket.{family}, socket.SOCK_RAW)")


@cut
def test_neither_does_one_of_a_process_that_it_starts(tmp_path: Path) -> None:
    code = """
        import subprocess, sys
        done = subprocess.run([sys.executable, "-c", "import socket; socket.socket()"])
        print("refused" if done.returncode else "opened")
    """
    assert "refused" in said(tmp_path, code)


@cut
def test_an_event_loop_still_runs(tmp_path: Path) -> None:
    assert "ran" in said(tmp_path, "import asyncio; asyncio.run(asyncio.sleep(0)); print('ran')")


def test_the_environment_holds_nothing_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_SECRET_ACCESS_KEY", "PULUMI_CONFIG_PASSPHRASE", "GITHUB_TOKEN", "ANYTHING"):
        monkeypatch.setenv(name, "planted")
    printed = said(tmp_path, "import os; print(dict(os.environ))")
    assert "planted" not in printed
    assert str(tmp_path) in printed


def test_what_takes_too_long_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    code = """
        import subprocess, sys, time, pathlib
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        pathlib.Path("child").write_text(str(child.pid))
        time.sleep(600)
    """
    with pytest.raises(IsolationError, match="must end within 3 seconds"):
        said(tmp_path, code, seconds=3)
    child = int((tmp_path / "child").read_text())
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE


def test_what_takes_too_much_memory_is_ended(tmp_path: Path) -> None:
    code = "held = b'x' * (600 << 20); import time; time.sleep(600)"
    with pytest.raises(IsolationError, match="must get by with 300 MiB"):
        said(tmp_path, code, memory_mib=300)


def test_a_failure_tells_the_end_of_what_was_printed_without_control_characters(
    tmp_path: Path,
) -> None:
    with pytest.raises(IsolationError) as caught:
        said(tmp_path, "print('\\x1b[31mred' + 'x' * 9000 + 'the end'); raise SystemExit(3)")
    message = str(caught.value)
    assert "ended with 3" in message
    assert "the end" in message
    assert "\x1b" not in message
    assert len(message) < 3000


def test_a_command_that_does_not_exist_is_told(tmp_path: Path) -> None:
    with pytest.raises((IsolationError, OSError)):
        run(["/no/such/program"], cwd=tmp_path, home=tmp_path, bounds=Bounds(seconds=9))
