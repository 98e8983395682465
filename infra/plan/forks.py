"""Processes forked from one that has imported the packages, bounded as any that is isolated."""

from __future__ import annotations

import contextlib
import itertools
import json
import queue
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Final

from infra.plan import forkserver, seccomp
from infra.plan.isolation import Bounds, IsolationError, bounded, environment_of, paths_of, prefix

PACKAGES: Final = (
    *("asyncio", "boto3", "psutil", "pulumi", "pulumi.automation", "pydantic", "yaml"),
    *("pulumi_aws.apigateway", "pulumi_aws.cloudwatch", "pulumi_aws.codebuild"),
    *("pulumi_aws.dynamodb", "pulumi_aws.iam", "pulumi_aws.kms", "pulumi_aws.lambda_"),
    *("pulumi_aws.s3", "pulumi_aws.sagemaker", "pulumi_aws.scheduler", "pulumi_aws.sns"),
    "pulumi_aws.sqs",
)
"""What the evaluation of any stack imports of its environment, and takes long to."""


class ForkServer:
    """One interpreter with its packages imported; see :mod:`infra.plan.forkserver`."""

    def __init__(self, python: Path, requests: IO[bytes], answers: IO[bytes]) -> None:
        self.python = python
        self._requests = requests
        self._answers = answers
        self._numbers = itertools.count()
        self._asked: dict[int, queue.SimpleQueue[int | None]] = {}
        self._over = False
        self._writing = threading.Lock()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def run(  # noqa: PLR0913 - what isolation.run is told
        self,
        module: str,
        arguments: Sequence[str],
        *,
        cwd: Path,
        home: Path,
        bounds: Bounds,
        writable: Sequence[Path] = (),
    ) -> str:
        """Run ``python -m module`` of the folder ``cwd`` and return the end of what it printed.

        ``home`` is an empty folder of its own, the one place beside ``writable`` to write to.

        Raises:
            IsolationError: it failed, or ran past its time or memory; it and all it started has
                ended.
        """
        number = next(self._numbers)
        answers = self._asked[number] = queue.SimpleQueue()
        printed = home / "printed"
        printed.touch()
        request = {
            "id": number,
            "module": module,
            "arguments": list(arguments),
            "cwd": str(cwd),
            "environment": environment_of(home),
            "printed": str(printed),
            "paths": paths_of(self.python, cwd, (home, *writable)),
        }
        pid = self._begun(f"{json.dumps(request)}\n".encode(), answers, bounds.seconds)

        def wait(seconds: float) -> int | None:
            try:
                status = answers.get(timeout=seconds)
            except queue.Empty:
                return None
            return -signal.SIGKILL if status is None else status

        return bounded(pid, wait, printed=printed, bounds=bounds)

    def join(self) -> None:
        """Wait until everything is read that the server said; call it once that has ended."""
        self._reader.join()

    def _begun(self, request: bytes, answers: queue.SimpleQueue[int | None], seconds: float) -> int:
        """Return the process that a request began."""
        try:
            with self._writing:  # two at once might mix
                self._requests.write(request)
            pid = None if self._over else answers.get(timeout=seconds)
        except (OSError, queue.Empty) as error:
            raise IsolationError(f"no process could be begun for it: {error!r}") from error
        if pid is None:
            raise IsolationError("no process could be begun for it: its server has ended")
        return pid

    def _read(self) -> None:
        """Hand every answer to who asked; at the end tell all that there will be none."""
        try:
            for line in self._answers:
                said = json.loads(line)
                self._asked[said["id"]].put(said["pid"] if "pid" in said else said["status"])
        finally:
            self._over = True
            for one in list(self._asked.values()):
                one.put(None)


@contextlib.contextmanager
def forks(python: Path, home: Path) -> Iterator[ForkServer | None]:
    """Import an interpreter's packages for as long as processes may be asked for.

    ``home`` is an empty folder. ``None`` where a process cannot be cut off in this way.
    """
    if not seccomp.supported():
        yield None
        return
    with subprocess.Popen(  # noqa: S603 - a script of this package
        [*prefix(), str(python), "-P", "-s", forkserver.__file__, *PACKAGES],
        cwd=home,
        env=environment_of(home),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        start_new_session=True,
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise AssertionError("both are pipes")
        server = ForkServer(python, process.stdin, process.stdout)
        try:
            yield server
        finally:
            process.kill()
            server.join()
