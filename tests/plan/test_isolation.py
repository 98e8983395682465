"""Code that nobody has reviewed runs without network, credentials, and end."""

from __future__ import annotations

import os
import sys
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import psutil
import pytest

from infra.plan import landlock
from infra.plan.forks import ForkServer, forks
from infra.plan.isolation import Bounds, IsolationError, network_can_be_cut, run

kept = pytest.mark.skipif(landlock.version() == 0, reason="no way here to refuse files")
cut = pytest.mark.skipif(not network_can_be_cut(), reason="no way here to refuse the network")


class Said(Protocol):
    """Runs code in ``tmp_path``, as its home too, and returns what it printed."""

    def __call__(self, code: str, *, seconds: float = 60, memory_mib: int = 4096) -> str: ...


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkServer | None]:
    with forks(Path(sys.executable), tmp_path_factory.mktemp("server")) as forked:
        yield forked


@pytest.fixture(params=["alone", "forked"])
def said(request: pytest.FixtureRequest, tmp_path: Path, server: ForkServer | None) -> Said:
    def call(code: str, *, seconds: float = 60, memory_mib: int = 4096) -> str:
        bounds = Bounds(seconds=seconds, memory_mib=memory_mib)
        (tmp_path / "probe.py").write_text(textwrap.dedent(code))
        if request.param == "alone":
            command = [sys.executable, "probe.py"]
            return run(command, cwd=tmp_path, home=tmp_path, bounds=bounds)
        if server is None:
            pytest.skip("no process is forked here")
        return server.run("probe", [], cwd=tmp_path, home=tmp_path, bounds=bounds)

    return call


@cut
@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK"])
def test_no_socket_of_any_kind_opens(said: Said, family: str) -> None:
    with pytest.raises(IsolationError, match="Permission denied"):
        said(f"import socket; socket.socket(socket.{family}, socket.SOCK_RAW)")


@cut
def test_neither_does_one_of_a_process_that_it_starts(said: Said) -> None:
    code = """
        import subprocess, sys
        done = subprocess.run([sys.executable, "-c", "import socket; socket.socket()"])
        print("refused" if done.returncode else "opened")
    """
    assert "refused" in said(code)


@kept
@pytest.mark.parametrize(
    "act",
    ["open({}).read()", "open({}, 'a')", "__import__('os').unlink({})", "open({} + 'x', 'w')"],
)
def test_no_file_beyond_its_own_is_read_or_written(
    said: Said, tmp_path_factory: pytest.TempPathFactory, act: str
) -> None:
    keys = tmp_path_factory.mktemp("elsewhere") / "credentials"
    keys.write_text("planted")
    with pytest.raises(IsolationError, match="Permission denied") as caught:
        said(act.format(repr(str(keys))))
    assert "planted" not in str(caught.value)
    assert [one.read_text() for one in keys.parent.iterdir()] == ["planted"]


@kept
def test_the_environment_of_who_started_it_is_out_of_reach(
    said: Said,
) -> None:
    with pytest.raises(IsolationError, match="Permission denied"):
        said(f"print(open('/proc/{os.getpid()}/environ').read())")


@cut
def test_an_event_loop_still_runs(said: Said) -> None:
    assert "ran" in said("import asyncio; asyncio.run(asyncio.sleep(0)); print('ran')")


def test_the_environment_holds_nothing_of_ours(
    said: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_SECRET_ACCESS_KEY", "PULUMI_CONFIG_PASSPHRASE", "GITHUB_TOKEN", "ANYTHING"):
        monkeypatch.setenv(name, "planted")
    printed = said("import os; print(dict(os.environ))")
    assert "planted" not in printed
    assert str(tmp_path) in printed


def test_what_takes_too_long_is_ended_with_all_that_it_started(said: Said, tmp_path: Path) -> None:
    code = """
        import subprocess, sys, time, pathlib
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        pathlib.Path("child").write_text(str(child.pid))
        time.sleep(600)
    """
    with pytest.raises(IsolationError, match="must end within 3 seconds"):
        said(code, seconds=3)
    child = int((tmp_path / "child").read_text())
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE


def test_what_takes_too_much_memory_is_ended(said: Said) -> None:
    code = "held = b'x' * (600 << 20); import time; time.sleep(600)"
    with pytest.raises(IsolationError, match="must get by with 300 MiB"):
        said(code, memory_mib=300)


def test_a_failure_tells_the_end_of_what_was_printed_without_control_characters(
    said: Said,
) -> None:
    with pytest.raises(IsolationError) as caught:
        said("print('\\x1b[31mred' + 'x' * 9000 + 'the end'); raise SystemExit(3)")
    message = str(caught.value)
    assert "ended with 3" in message
    assert "the end" in message
    assert "\x1b" not in message
    assert len(message) < 3000


def test_a_command_that_does_not_exist_is_told(tmp_path: Path) -> None:
    with pytest.raises((IsolationError, OSError)):
        run(["/no/such/program"], cwd=tmp_path, home=tmp_path, bounds=Bounds(seconds=9))


def test_what_is_forked_is_the_folders_own_code_with_the_packages_there(
    tmp_path: Path, server: ForkServer | None
) -> None:
    if server is None:
        pytest.skip("no process is forked here")
    for name in ("one", "other"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "probe.py").write_text(
            "import sys, whose; loaded = 'pulumi_aws.sagemaker.pipeline' in sys.modules;"
            "print(whose.NAME, loaded, sys.argv[1:])"
        )
        (folder / "whose.py").write_text(f"NAME = {name!r}")
        printed = server.run("probe", ["-x"], cwd=folder, home=folder, bounds=Bounds(seconds=60))
        assert printed == f"{name} True ['-x']\n"


def test_what_is_forked_cannot_end_its_server_unnoticed(tmp_path: Path) -> None:
    (tmp_path / "probe.py").write_text("import os; os.kill(os.getppid(), 9)")
    with forks(Path(sys.executable), tmp_path) as server:
        if server is None:
            pytest.skip("no process is forked here")
        for _ in range(2):
            with pytest.raises(IsolationError, match=r"ended with|could be begun"):
                server.run("probe", [], cwd=tmp_path, home=tmp_path, bounds=Bounds(seconds=60))


def test_nothing_that_was_forked_outlives_its_server(tmp_path: Path) -> None:
    code = "import os, pathlib, time; pathlib.Path('child').write_text(str(os.getpid()))"
    (tmp_path / "probe.py").write_text(f"{code}; time.sleep(600)")
    with forks(Path(sys.executable), tmp_path) as server:
        if server is None:
            pytest.skip("no process is forked here")
        with ThreadPoolExecutor(1) as beside:
            running = beside.submit(
                server.run, "probe", [], cwd=tmp_path, home=tmp_path, bounds=Bounds(seconds=300)
            )
            child = _written(tmp_path / "child")
            psutil.Process(psutil.Process(child).ppid()).kill()
            with pytest.raises(IsolationError):
                running.result()
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE


def _written(file: Path) -> int:
    for _ in range(600):
        if file.is_file() and (text := file.read_text()):
            return int(text)
        time.sleep(0.1)
    raise AssertionError("it did not begin")
