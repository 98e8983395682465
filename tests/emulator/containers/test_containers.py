"""A container is a process that sees ``/opt/ml``, its environment, and nothing of the project."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.emulator.containers.images import family_of
from infra.emulator.containers.model import Container, Exit, UnknownImageError
from infra.emulator.containers.runner import Runner
from infra.emulator.server import Emulator
from tests.emulator.support import gone

IMAGE = "246618743249.dkr.ecr.us-east-1.amazonaws.com/sagemaker-base-python:1"
ROLE = "arn:aws:iam::123456789012:role/step"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(parts=("credentials",)) as running:
        yield running


@pytest.fixture(scope="module")
def runner(emulator: Emulator) -> Iterator[Runner]:
    made = Runner(emulator.context)
    yield made
    made.close()


def container(opt_ml: Path, *command: str, **changes: object) -> Container:
    values: dict[str, object] = {
        "image": IMAGE,
        "command": command,
        "environment": {},
        "opt_ml": opt_ml,
        "log_group": "/aws/sagemaker/ProcessingJobs",
        "log_stream": f"{opt_ml.name}/algo-1",
        "timeout_seconds": 30.0,
        "role_arn": ROLE,
        "region": "us-east-1",
        "grace_seconds": 0.5,
    }
    return Container(**(values | changes))  # type: ignore[arg-type] # a test's shorthand


def need_namespaces(runner: Runner) -> None:
    parent = runner.warm(family_of(IMAGE))
    parent.wait_ready()
    if not parent.namespace:
        pytest.skip("this machine gives no mount namespaces")


def run_script(runner: Runner, opt_ml: Path, script: str, *arguments: str) -> Exit:
    (opt_ml / "step.py").write_text(script)
    return runner.start(container(opt_ml, "python3", "/opt/ml/step.py", *arguments)).wait()


def test_a_script_reads_and_writes_hard_coded_paths(runner: Runner, tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("seven")
    script = """
from pathlib import Path
Path("/opt/ml/out.txt").write_text(Path("/opt/ml/in.txt").read_text().upper())
"""
    need_namespaces(runner)
    assert run_script(runner, tmp_path, script).code == 0
    assert (tmp_path / "out.txt").read_text() == "SEVEN"


def test_two_at_a_time_each_see_their_own_opt_ml(runner: Runner, tmp_path: Path) -> None:
    need_namespaces(runner)
    processes = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "name.txt").write_text(name)
        command = ("bash", "-c", "sleep 0.2; cat /opt/ml/name.txt")
        processes.append(runner.start(container(tmp_path / name, *command)))
    assert [process.wait().tail for process in processes] == [("a",), ("b",)]


def test_without_namespaces_arguments_and_environment_are_rewritten(
    emulator: Emulator, tmp_path: Path
) -> None:
    plain = Runner(emulator.context, namespaces=False)
    try:
        command = ("bash", "-c", 'echo "$0 $WHERE $OTHER"', "/opt/ml/x")
        environment = {"WHERE": "/opt/ml/model", "OTHER": "/opt/mlx"}
        ended = plain.start(container(tmp_path, *command, environment=environment)).wait()
    finally:
        plain.close()
    assert ended.tail == (f"{tmp_path}/x {tmp_path}/model /opt/mlx",)


def test_the_project_cannot_be_imported(runner: Runner, tmp_path: Path) -> None:
    ended = run_script(runner, tmp_path, "import infra")
    assert ended.code == 1
    assert ended.tail[-1] == "ModuleNotFoundError: No module named 'infra'"


def test_the_project_cannot_be_imported_by_a_shell_s_python(runner: Runner, tmp_path: Path) -> None:
    ended = runner.start(container(tmp_path, "bash", "-c", "python -c 'import infra'")).wait()
    assert ended.tail[-1] == "ModuleNotFoundError: No module named 'infra'"


def test_modules_beside_the_script_can_be_imported(runner: Runner, tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("VALUE = 3")
    assert run_script(runner, tmp_path, "import beside; print(beside.VALUE)").tail == ("3",)


def test_the_environment_is_the_one_given(
    runner: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOT_FOR_STEPS", "1")
    ended = run_script(runner, tmp_path, "import os; print(*sorted(os.environ))")
    names = ended.tail[0].split()
    assert "NOT_FOR_STEPS" not in names
    assert "AWS_SESSION_TOKEN" in names


def test_network_isolation_leaves_no_credentials(runner: Runner, tmp_path: Path) -> None:
    ended = runner.start(container(tmp_path, "bash", "-c", "env", role_arn=None)).wait()
    names = {line.partition("=")[0] for line in ended.tail if line.startswith("AWS_")}
    assert names == {"AWS_REGION", "AWS_DEFAULT_REGION"}


def test_network_isolation_leaves_no_network(
    runner: Runner, emulator: Emulator, tmp_path: Path
) -> None:
    need_namespaces(runner)
    port = emulator.endpoint_url.rpartition(":")[2]
    script = f"import socket; socket.create_connection(('127.0.0.1', {port}), 5)"
    (tmp_path / "step.py").write_text(script)
    command = ("python", "/opt/ml/step.py")
    assert runner.start(container(tmp_path, *command)).wait().code == 0
    ended = runner.start(container(tmp_path, *command, role_arn=None)).wait()
    assert ended.tail[-1] == "ConnectionRefusedError: [Errno 111] Connection refused"


def test_a_zip_application_runs_with_its_own_modules(runner: Runner, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "steps.pyz", "w") as archive:
        archive.writestr("__main__.py", "import sys, inner; print(inner.VALUE, sys.argv[1:])")
        archive.writestr("inner.py", "VALUE = 5")
    command = ("python3", "/opt/ml/steps.pyz", "train")
    assert runner.start(container(tmp_path, *command)).wait().tail == ("5 ['train']",)


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("", 0),
        ("raise SystemExit(7)", 7),
        ("import sys; sys.exit('no data')", 1),
        ("1 / 0", 1),
        ("import os; os.kill(os.getpid(), 9)", 137),
    ],
)
def test_exit_codes_are_those_of_a_shell(
    runner: Runner, tmp_path: Path, script: str, code: int
) -> None:
    assert run_script(runner, tmp_path, script).code == code


def test_a_traceback_shows_the_script_and_not_what_started_it(
    runner: Runner, tmp_path: Path
) -> None:
    need_namespaces(runner)
    tail = run_script(runner, tmp_path, "def f():\n    1 / 0\nf()\n").tail
    assert tail[0] == "Traceback (most recent call last):"
    assert [line for line in tail if "File" in line] == [
        '  File "/opt/ml/step.py", line 3, in <module>',
        '  File "/opt/ml/step.py", line 2, in f',
    ]


def test_a_command_that_is_not_there_is_127(runner: Runner, tmp_path: Path) -> None:
    assert runner.start(container(tmp_path, "no-such-program")).wait().code == 127


def test_what_fails_is_read_from_the_failure_file(runner: Runner, tmp_path: Path) -> None:
    need_namespaces(runner)
    (tmp_path / "output").mkdir()
    ended = run_script(runner, tmp_path, "open('/opt/ml/output/failure','w').write('no rows')")
    assert ended.failure == "no rows"


def test_output_reaches_cloudwatch_logs(runner: Runner, emulator: Emulator, tmp_path: Path) -> None:
    run_script(runner, tmp_path, "print('one'); print('two')")
    logs = emulator.context.client("logs", "us-east-1")
    events = logs.get_log_events(
        logGroupName="/aws/sagemaker/ProcessingJobs", logStreamName=f"{tmp_path.name}/algo-1"
    )["events"]
    assert [event["message"] for event in events] == ["one", "two"]


def test_random_numbers_differ_between_containers(runner: Runner, tmp_path: Path) -> None:
    script = "import random, uuid; print(random.random(), uuid.uuid4())"
    assert run_script(runner, tmp_path, script) != run_script(runner, tmp_path, script)


def test_past_its_time_a_process_is_ended(runner: Runner, tmp_path: Path) -> None:
    ended = runner.start(container(tmp_path, "sleep", "60", timeout_seconds=0.2)).wait()
    assert (ended.code, ended.timed_out) == (128 + signal.SIGTERM, True)


def test_who_ignores_sigterm_is_killed_after_the_grace(runner: Runner, tmp_path: Path) -> None:
    program = "trap '' TERM; echo > $0; while true; do sleep 0.1; done"
    process = runner.start(container(tmp_path, "bash", "-c", program, "/opt/ml/deaf"))
    deadline = time.monotonic() + 60
    while not (tmp_path / "deaf").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.terminate()
    assert process.wait().code == 128 + signal.SIGKILL


def test_what_a_process_leaves_running_ends_with_it(runner: Runner, tmp_path: Path) -> None:
    command = ("bash", "-c", "sleep 61 >/dev/null 2>&1 & echo $!")
    ended = runner.start(container(tmp_path, *command)).wait()
    assert gone(int(ended.tail[0]))


def test_an_unknown_image_is_refused(runner: Runner, tmp_path: Path) -> None:
    with pytest.raises(UnknownImageError, match=r"image acme/torch:2 is not emulated; known"):
        runner.start(container(tmp_path, "true", image="acme/torch:2"))


def test_installing_packages_is_refused(runner: Runner, tmp_path: Path) -> None:
    ended = runner.start(container(tmp_path, "bash", "-c", "pip install x")).wait()
    assert (ended.code, "installs no packages" in ended.tail[0]) == (1, True)


def test_a_killed_emulator_leaves_no_child(tmp_path: Path) -> None:
    program = f"""
import sys, pathlib
sys.path.insert(0, {str(Path.cwd())!r})
from tests.emulator.containers.test_containers import container
from infra.emulator.server import Emulator
from tests.emulator.support import gone
from infra.emulator.containers.runner import Runner
emulator = Emulator(parts=("credentials",)).start()
runner = Runner(emulator.context)
command = ("bash", "-c", "sleep 62 & echo $! > $0; wait", "/opt/ml/pid")
process = runner.start(container(pathlib.Path({str(tmp_path)!r}), *command))
print("up", flush=True)
process.wait()
"""
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"up\n"
        written = tmp_path / "pid"
        deadline = time.monotonic() + 60
        while not (written.exists() and written.read_text()) and time.monotonic() < deadline:
            time.sleep(0.05)
        pid = int(written.read_text())
        child.kill()
    assert gone(pid)
