"""What every kind of job does: start, run its container, end, tell EventBridge."""

from __future__ import annotations

import json
import logging
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from infra.emulator.containers import runner
from infra.emulator.containers.model import Container, ContainerError, Exit
from infra.emulator.context import Context
from infra.emulator.jobs.job import FINAL, PROCESSING, Job, JobError
from infra.emulator.jobs.transfer import Transfer

log = logging.getLogger(__name__)

HOST: Final = "algo-1"
DAY_SECONDS: Final = 86_400
TAIL_IN_REASON: Final = 8
"""Lines of the log in a failure's reason, which SageMaker cuts at 1024 characters."""

Run = Callable[["Engine", Job, Path], None]
"""Does a job's work in a directory of its own; raises ``JobError`` when it fails."""


class Stopped(Exception):  # noqa: N818 - an end that was asked for
    """The job was asked to stop, or ran into its time limit; the text says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """A container to run for a job."""

    image: str
    command: list[str]
    environment: Mapping[str, str]
    max_seconds: float
    isolated: bool
    directory: str = "/"


class Engine:
    """Runs the jobs of one emulator."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.grace_seconds = 120.0
        """Real time between SIGTERM and SIGKILL."""
        self._lock = threading.Lock()

    def submit(self, job: Job, run: Run) -> None:
        """Run the job in the background."""
        self.tell(job)
        self.context.work.submit(f"{job.kind.resource} {job.name}", self.carry_out, job, run)

    def carry_out(self, job: Job, run: Run) -> None:
        """Run the job to its end, whatever happens."""
        try:
            with self._directory(job) as directory:
                job.started = self.now()
                run(self, job, directory)
            job.end("Completed", self.now())
        except Stopped as stop:
            if job.kind is PROCESSING:
                job.details.setdefault("ExitMessage", str(stop))
            job.end("Stopped", self.now())
        except (JobError, ContainerError) as error:
            job.end("Failed", self.now(), str(error))
        except Exception as error:
            log.exception("%s %s", job.kind.resource, job.name)
            job.end("Failed", self.now(), f"InternalServerError: {error}")
        self.tell(job)

    def run_container(self, job: Job, opt_ml: Path, launch: Launch) -> Exit:
        """Run the job's container to its end.

        Raises:
            ContainerError: it cannot be started.
            Stopped: the job was stopped before.
        """
        with job.lock:
            if job.stop_requested:
                raise Stopped("stopped before its container started")
            job.process = runner(self.context).start(
                Container(
                    image=launch.image,
                    command=tuple(launch.command),
                    environment=launch.environment,
                    opt_ml=opt_ml,
                    log_group=job.kind.log_group,
                    log_stream=f"{job.name}/{HOST}-{int(job.created.timestamp())}",
                    timeout_seconds=launch.max_seconds,
                    role_arn=None if launch.isolated else job.role_arn,
                    region=job.region,
                    working_directory=launch.directory,
                    grace_seconds=self.grace_seconds,
                )
            )
        return job.process.wait()

    def stop(self, job: Job) -> None:
        """Ask the job to stop; its process is ended in the background."""
        with job.lock:
            if job.status in FINAL:
                return
            job.status, job.stop_requested = "Stopping", True
            process = job.process
        self.tell(job)
        if process is not None:
            self.context.work.submit(f"stop {job.name}", process.terminate)

    def transfer(self, job: Job) -> Transfer:
        """Return access to S3 as the job's role."""
        return Transfer(self.context.client("s3", job.region, role_arn=job.role_arn))

    def now(self) -> datetime:
        """Return the emulator's time."""
        return self.context.clock.now()

    def tell(self, job: Job) -> None:
        """Put the job's state change on the default bus."""
        if not hasattr(self.context, "events"):
            return
        detail = json.loads(json.dumps(job.describe(), default=_milliseconds))
        self.context.events(
            source="aws.sagemaker",
            detail_type=job.kind.event,
            detail=detail,
            resources=[job.arn],
            region=job.region,
        )

    @contextmanager
    def _directory(self, job: Job) -> Iterator[Path]:
        directory = self.context.home / "jobs" / f"{job.kind.resource}-{job.name}"
        directory.mkdir(parents=True)
        try:
            yield directory
        finally:
            shutil.rmtree(directory, ignore_errors=True)


def check_exit(ended: Exit, command: list[str]) -> None:
    """Raise what a container's end means for its job.

    Raises:
        Stopped: it was asked to end, or ran into its limit.
        JobError: it failed; the reason has exit code, failure file and the end of the log.
    """
    if ended.terminated:
        raise Stopped("stopped on request")
    if ended.timed_out:
        raise Stopped("MaxRuntimeExceeded")
    if ended.code != 0:
        told = ended.failure or "\n".join(ended.tail[-TAIL_IN_REASON:])
        program = " ".join(command)[:120]
        message = f'AlgorithmError: exit code: {ended.code}, command "{program}"'
        room = 1024 - len(message) - 2
        raise JobError(f"{message}: {told[-room:]}" if told else message)


def write_json(path: Path, value: Any) -> None:  # noqa: ANN401 - any JSON
    """Write a configuration file of the container."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, default=str, indent=2))


def _milliseconds(value: object) -> int | str:
    return int(value.timestamp() * 1000) if isinstance(value, datetime) else str(value)
