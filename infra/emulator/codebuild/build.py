"""One build: what the API tells about it while it runs and afterwards."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from infra.emulator.codebuild.handover import Handover

ORDER = (
    "SUBMITTED",
    "QUEUED",
    "PROVISIONING",
    "DOWNLOAD_SOURCE",
    "INSTALL",
    "PRE_BUILD",
    "BUILD",
    "POST_BUILD",
    "UPLOAD_ARTIFACTS",
    "FINALIZING",
    "COMPLETED",
)


@dataclass(slots=True)
class PhaseRecord:
    """One phase of a build."""

    name: str
    began: datetime
    ended: datetime | None = None
    status: str | None = None
    contexts: list[dict[str, str]] = field(default_factory=list)

    def described(self) -> dict[str, Any]:
        """Return the phase as ``BatchGetBuilds`` does."""
        shown: dict[str, Any] = {"phaseType": self.name, "startTime": self.began}
        if self.status is not None and self.ended is not None:
            shown["phaseStatus"] = self.status
            shown["endTime"] = self.ended
            shown["durationInSeconds"] = int((self.ended - self.began).total_seconds())
            shown["contexts"] = self.contexts
        return shown


class Build:
    """Settings of a build (project and overrides), and its progress."""

    def __init__(  # noqa: PLR0913 - what StartBuild settles
        self,
        *,
        project: str,
        number: int,
        build_id: str,
        arn: str,
        region: str,
        role_arn: str,
        source: Mapping[str, Any],
        source_version: str | None,
        environment: Mapping[str, Any],
        timeout_seconds: float,
        log_group: str,
        initiator: str,
        handover: Handover | None = None,
    ) -> None:
        self.project = project
        self.number = number
        self.id = build_id
        self.arn = arn
        self.region = region
        self.role_arn = role_arn
        self.source = source
        self.source_version = source_version
        self.environment = environment
        self.timeout_seconds = timeout_seconds
        self.log_group = log_group
        self.log_stream = build_id.rpartition(":")[2]
        self.initiator = initiator
        self.handover = handover
        self.directories: dict[str, str] = {}
        """Where its other input artifacts lie, by name."""
        self.exported: dict[str, str] = {}
        self.status = "IN_PROGRESS"
        self.began = datetime.now(UTC)
        self.ended: datetime | None = None
        self.phases: list[PhaseRecord] = []
        self.stop_asked = threading.Event()
        self._lock = threading.RLock()
        self.enter("SUBMITTED")
        self.enter("QUEUED")
        self.as_queued: dict[str, Any] = {}
        """What ``StartBuild`` answers, however soon the build then ends."""

    @property
    def phase(self) -> str:
        """Return the name of the phase it is in."""
        return self.phases[-1].name

    def enter(self, name: str) -> None:
        """Begin a phase; the one before has succeeded unless it was said to have failed."""
        with self._lock:
            if self.phases:
                self._close("SUCCEEDED")
            self.phases.append(PhaseRecord(name, datetime.now(UTC)))

    def fail_phase(self, status: str, code: str, message: str) -> None:
        """End the present phase with ``FAILED``, ``STOPPED`` or ``TIMED_OUT``."""
        with self._lock:
            self._close(status)
            self.phases[-1].contexts.append({"statusCode": code, "message": message})

    def finish(self, status: str) -> None:
        """End the build."""
        with self._lock:
            self.enter("FINALIZING")
            self.enter("COMPLETED")
            self.status = status
            self.ended = datetime.now(UTC)

    def described(self) -> dict[str, Any]:
        """Return the build as ``BatchGetBuilds`` does."""
        with self._lock:
            shown: dict[str, Any] = {
                "id": self.id,
                "arn": self.arn,
                "buildNumber": self.number,
                "startTime": self.began,
                "currentPhase": self.phase,
                "buildStatus": self.status,
                "projectName": self.project,
                "phases": [phase.described() for phase in self.phases],
                "source": dict(self.source),
                "artifacts": {"location": ""},
                "cache": {"type": "NO_CACHE"},
                "environment": dict(self.environment),
                "serviceRole": self.role_arn,
                "logs": {"groupName": self.log_group, "streamName": self.log_stream},
                "timeoutInMinutes": int(self.timeout_seconds // 60),
                "buildComplete": self.ended is not None,
                "initiator": self.initiator,
                "exportedEnvironmentVariables": [
                    {"name": name, "value": value} for name, value in self.exported.items()
                ],
            }
            if self.source_version:
                shown["sourceVersion"] = self.source_version
            if self.ended is not None:
                shown["endTime"] = self.ended
            return shown

    def _close(self, status: str) -> None:
        present = self.phases[-1]
        if present.status is None:
            present.status = status
            present.ended = datetime.now(UTC)
