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
from infra.emulator.containers.model import Container, ContainerError, Exit, Host
from infra.emulator.context import Context
from infra.emulator.jobs import hosts as several
from infra.emulator.jobs.hosts import Hosts
from infra.emulator.jobs.job import FINAL, PROCESSING, Interruption, Job, JobError
from infra.emulator.jobs.transfer import Transfer
from infra.emulator.jobs.warm import WarmPools

log = logging.getLogger(__name__)

DAY_SECONDS: Final = 86_400
TAIL_IN_REASON: Final = 8
"""Lines of the log in a failure's reason, which SageMaker cuts at 1024 characters."""

Run = Callable[["Engine", Job, Path], None]
"""Does a job's work in a directory of its own; raises ``JobError`` when it fails."""


class Stopped(Exception):  # noqa: N818 - an end that was asked for
    """The job was asked to stop, or ran into its time limit; the text says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """A container to run for a job, on each of its hosts."""

    image: str
    command: list[str]
    environments: Mapping[str, Mapping[str, str]]
    """By host."""
    max_seconds: float
    isolated: bool
    directory: str = "/"


class Engine:
    """Runs the jobs of one emulator."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.grace_seconds = 120.0
        """Real time between SIGTERM and SIGKILL."""
        self.warm_pools = WarmPools(context)
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

    def run_containers(self, job: Job, hosts: Hosts, launch: Launch) -> Exit:
        """Run the job's container on every host, to the end of all or the failure of one.

        Raises:
            ContainerError: it cannot be started.
            Stopped: the job was stopped before.
        """
        names = hosts.write_names()
        with job.lock:
            if job.stop_requested:
                raise Stopped("stopped before its container started")
            job.processes = []
            for name, opt_ml, _ in hosts.each():
                container = Container(
                    image=launch.image,
                    command=tuple(launch.command),
                    environment=launch.environments[name],
                    opt_ml=opt_ml,
                    log_group=job.kind.log_group,
                    log_stream=job.log_stream(name),
                    timeout_seconds=launch.max_seconds,
                    role_arn=None if launch.isolated else job.role_arn,
                    region=job.region,
                    working_directory=launch.directory,
                    grace_seconds=self.grace_seconds,
                    host=_host(name, names, job, isolated=launch.isolated),
                )
                job.processes.append(runner(self.context).start(container))
        return several.wait(job.processes)

    def stop(self, job: Job) -> None:
        """Ask the job to stop; its processes are ended in the background."""
        with job.lock:
            if job.status in FINAL:
                return
            job.status, job.stop_requested = "Stopping", True
            processes = list(job.processes)
        self.tell(job)
        for process in processes:
            self.context.work.submit(f"stop {job.name}", process.terminate)

    def interrupt(self, job: Job, *, wait_seconds: float = 0.0) -> None:
        """Take away a job's spot capacity, as AWS does at any time: SIGTERM, and later SIGKILL.

        There is capacity again at once; ``wait_seconds`` is what the job is told to have waited.

        Raises:
            ValueError: the job is not on spot capacity, or trains not at present.
        """
        with job.lock:
            if not job.request.get("EnableManagedSpotTraining"):
                raise ValueError(f"{job.name} must be on spot capacity to be interrupted")
            running = [process for process in job.processes if process.running()]
            if job.status != "InProgress" or not running or job.interruption is not None:
                raise ValueError(f"{job.name} must be training to be interrupted")
            job.interruption = Interruption(wait_seconds)
        for process in running:
            self.context.work.submit(f"interrupt {job.name}", process.terminate)

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


def _host(name: str, names: Path | None, job: Job, *, isolated: bool) -> Host | None:
    """Describe one of several hosts; isolated ones share the network of the first."""
    if names is None:
        return None
    first = job.processes[0].wait_started() if isolated and job.processes else 0
    return Host(name, names, first)


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
