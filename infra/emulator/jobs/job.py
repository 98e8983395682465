"""One SageMaker job: what was asked for, and how far it is."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from infra.emulator.containers.process import Process

Status = Literal["InProgress", "Completed", "Failed", "Stopping", "Stopped"]
FINAL = frozenset({"Completed", "Failed", "Stopped"})


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job, in the words that its API uses."""

    word: str
    """As in ``CreateTrainingJob``."""
    resource: str
    """As in its ARN; also the name of moto's dictionary, with underscores and an ``s``."""
    log_group: str
    started: str
    ended: str
    event: str

    @property
    def name_key(self) -> str:
        """The request's member that names the job."""
        return f"{self.word}JobName"

    @property
    def arn_key(self) -> str:
        """The response's member with the ARN."""
        return f"{self.word}JobArn"

    @property
    def status_key(self) -> str:
        """The response's member with the status."""
        return f"{self.word}JobStatus"


PROCESSING = Kind(
    "Processing",
    "processing-job",
    "/aws/sagemaker/ProcessingJobs",
    "ProcessingStartTime",
    "ProcessingEndTime",
    "SageMaker Processing Job State Change",
)
TRAINING = Kind(
    "Training",
    "training-job",
    "/aws/sagemaker/TrainingJobs",
    "TrainingStartTime",
    "TrainingEndTime",
    "SageMaker Training Job State Change",
)
TRANSFORM = Kind(
    "Transform",
    "transform-job",
    "/aws/sagemaker/TransformJobs",
    "TransformStartTime",
    "TransformEndTime",
    "SageMaker Transform Job State Change",
)
TUNING = Kind(
    "HyperParameterTuning",
    "hyper-parameter-tuning-job",
    "/aws/sagemaker/TrainingJobs",
    "CreationTime",
    "HyperParameterTuningEndTime",
    "SageMaker HyperParameter Tuning Job State Change",
)


@dataclass(frozen=True, slots=True)
class Interruption:
    """Spot capacity that is taken away."""

    wait_seconds: float
    """How long it is until there is capacity again, as the job's waiting time is counted."""


@dataclass(eq=False)
class Job:
    """A job of any kind. moto keeps it, and reads ``arn`` and ``tags`` of it."""

    kind: Kind
    name: str
    arn: str
    region: str
    request: Mapping[str, Any]
    created: datetime
    tags: list[dict[str, str]]
    status: Status = "InProgress"
    failure_reason: str | None = None
    modified: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None
    details: dict[str, Any] = field(default_factory=dict)
    """Members of the description that only the run of this kind of job knows."""
    measured: dict[str, list[tuple[datetime, float]]] = field(default_factory=dict)
    """By metric of a training, every value that it logged."""
    threads: int | None = None
    """Cores to keep to, where jobs share the machine; ``None`` for all."""
    attached: object = None
    """A tuning job's trials."""
    processes: list[Process] = field(default_factory=list)
    """One for each host."""
    stop_requested: bool = False
    interruption: Interruption | None = None
    """Asked for, and not yet answered by a restart."""
    trained_seconds: float = 0.0
    """Of all attempts together."""
    waited_seconds: float = 0.0
    """For spot capacity, between attempts."""
    transitions: list[dict[str, Any]] = field(default_factory=list)
    finished: threading.Event = field(default_factory=threading.Event)
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def role_arn(self) -> str:
        """Return the role that the job acts as."""
        return str(self.request["RoleArn"])

    def log_stream(self, host: str) -> str:
        """Return the name of a host's log stream."""
        return f"{self.name}/{host}-{int(self.created.timestamp())}"

    def describe(self) -> dict[str, Any]:
        """Return the ``Describe`` response."""
        with self.lock:
            described = {k: v for k, v in self.request.items() if k != "Tags"}
            described |= {
                self.kind.arn_key: self.arn,
                self.kind.status_key: self.status,
                "CreationTime": self.created,
                "LastModifiedTime": self.modified or self.created,
            }
            optional: dict[str, Any] = {
                self.kind.started: self.started,
                self.kind.ended: self.ended,
                "FailureReason": self.failure_reason,
            }
            if self.transitions:
                optional["SecondaryStatus"] = self.transitions[-1]["Status"]
                optional["SecondaryStatusTransitions"] = list(self.transitions)
            described |= {k: v for k, v in optional.items() if v is not None}
            return described | self.details

    def summary(self) -> dict[str, Any]:
        """Return what a ``List`` response tells; its shape drops the rest."""
        return self.describe()

    def pass_to(self, secondary: str, message: str, now: datetime) -> None:
        """Note a training job's next secondary status."""
        with self.lock:
            if self.transitions:
                self.transitions[-1].setdefault("EndTime", now)
            entry = {"Status": secondary, "StartTime": now, "StatusMessage": message}
            self.transitions.append(entry)
            self.modified = now

    def end(self, status: Status, now: datetime, reason: str | None = None) -> None:
        """Note how the job ended."""
        with self.lock:
            self.status, self.ended, self.modified = status, now, now
            self.failure_reason = reason[:1024] if reason else None
            if self.transitions:
                self.transitions[-1]["EndTime"] = now
        self.finished.set()


class JobError(Exception):
    """What makes a job fail; the text is its ``FailureReason``."""
