"""One execution of a pipeline, and its steps."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from infra.emulator.jobs.job import Job
from infra.emulator.pipelines.validation import all_steps, branch_steps, dependencies

StepStatus = Literal["Starting", "Executing", "Stopping", "Stopped", "Failed", "Succeeded"]
ExecutionStatus = Literal["Executing", "Stopping", "Stopped", "Failed", "Succeeded"]
ENDED = frozenset({"Stopped", "Failed", "Succeeded"})


@dataclass(eq=False)
class StepRun:
    """A step of an execution, from when it starts."""

    definition: Mapping[str, Any]
    started: datetime
    status: StepStatus = "Executing"
    ended: datetime | None = None
    failure_reason: str | None = None
    attempts: int = 0
    metadata: dict[str, Any] = field(default_factory=dict)
    cache_source: str | None = None
    arguments: dict[str, Any] = field(default_factory=dict)
    """As resolved; what the job was created with."""
    described: dict[str, Any] = field(default_factory=dict)
    """The description of what it made: what ``Get`` reads."""
    job: Job | None = None
    token: str | None = None
    """A callback step's."""

    @property
    def name(self) -> str:
        """Return the step's name."""
        return str(self.definition["Name"])

    @property
    def type(self) -> str:
        """Return the step's type."""
        return str(self.definition["Type"])

    def summary(self) -> dict[str, Any]:
        """Return what ``ListPipelineExecutionSteps`` tells."""
        told = {
            "StepName": self.name,
            "StepDisplayName": self.definition.get("DisplayName"),
            "StepDescription": self.definition.get("Description"),
            "StartTime": self.started,
            "EndTime": self.ended,
            "StepStatus": self.status,
            "AttemptCount": self.attempts,
            "FailureReason": self.failure_reason,
            "Metadata": self.metadata or None,
            "CacheHitResult": {"SourcePipelineExecutionArn": self.cache_source}
            if self.cache_source
            else None,
        }
        return {name: value for name, value in told.items() if value is not None}


@dataclass(eq=False)
class Execution:
    """One execution. moto keeps it with its pipeline."""

    arn: str
    pipeline: Any
    """moto's ``FakePipeline``."""
    region: str
    definition: Mapping[str, Any]
    definition_text: str
    parameters: dict[str, Any]
    given: list[dict[str, str]]
    display_name: str
    description: str | None
    most_parallel: int
    parallelism: dict[str, int] | None
    started: datetime
    trial: dict[str, str] | None = None
    """``ExperimentConfig`` of its jobs; ``None`` where the definition wants no experiment."""
    status: ExecutionStatus = "Executing"
    ended: datetime | None = None
    failure_reason: str | None = None
    runs: dict[str, StepRun] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def id(self) -> str:
        """Return the last part of the ARN."""
        return self.arn.rpartition("/")[2]

    @property
    def role_arn(self) -> str:
        """Return the role that the pipeline's steps are started by."""
        return str(self.pipeline.role_arn)

    def describe(self) -> dict[str, Any]:
        """Return what ``DescribePipelineExecution`` tells."""
        told = {
            "PipelineArn": self.pipeline.arn,
            "PipelineExecutionArn": self.arn,
            "PipelineExecutionDisplayName": self.display_name,
            "PipelineExecutionStatus": self.status,
            "PipelineExecutionDescription": self.description,
            "FailureReason": self.failure_reason,
            "CreationTime": self.started,
            "LastModifiedTime": self.ended or self.started,
            "CreatedBy": self.pipeline.created_by,
            "LastModifiedBy": self.pipeline.last_modified_by,
            "ParallelismConfiguration": self.parallelism,
        }
        return {name: value for name, value in told.items() if value is not None}

    def step(self, name: str) -> Mapping[str, Any]:
        """Return the definition of a step."""
        return next(
            item for item in all_steps(list(self.definition["Steps"])) if item["Name"] == name
        )

    def ready(self) -> list[Mapping[str, Any]]:
        """Return the steps that can start: not yet run, all they need has succeeded."""
        found: list[Mapping[str, Any]] = []
        self._collect(list(self.definition["Steps"]), found)
        return found

    def active(self) -> list[StepRun]:
        """Return the steps that run."""
        return [run for run in self.runs.values() if run.status not in ENDED]

    def _collect(self, steps: list[Any], found: list[Mapping[str, Any]]) -> None:
        for step in steps:
            run = self.runs.get(step["Name"])
            if run is None:
                needs = dependencies(step)
                if all(self._succeeded(name) for name in needs):
                    found.append(step)
            elif run.status == "Succeeded" and branch_steps(step):
                branch = "IfSteps" if run.described["Outcome"] == "True" else "ElseSteps"
                self._collect(list(step["Arguments"].get(branch) or []), found)

    def _succeeded(self, name: str) -> bool:
        run = self.runs.get(name)
        return run is not None and run.status == "Succeeded"
