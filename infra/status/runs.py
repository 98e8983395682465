"""One run of a pipeline: each step, what it was given, why it failed, and what its job logged."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from infra.status.pipelines import raw_steps

LOG_GROUPS: Final = {
    "processing-job": "/aws/sagemaker/ProcessingJobs",
    "training-job": "/aws/sagemaker/TrainingJobs",
    "hyper-parameter-tuning-job": "/aws/sagemaker/TrainingJobs",
    "transform-job": "/aws/sagemaker/TransformJobs",
}
"""By the kind of job in its ARN, where its containers write."""
STREAMS: Final = 5
NOTHING: Final = frozenset({"ResourceNotFound", "ResourceNotFoundException"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One step of a run."""

    name: str
    status: str
    began: datetime | None
    ended: datetime | None
    reason: str
    """Why it failed; empty where it did not."""
    made: str
    """ARN of the job, the version, or what else it stands for; empty where there is none."""
    outcome: str
    """Of a condition, ``True`` or ``False``; empty for all else."""
    attempts: int

    @property
    def seconds(self) -> float | None:
        """How long it took; ``None`` while it runs."""
        if self.began is None or self.ended is None:
            return None
        return (self.ended - self.began).total_seconds()

    @property
    def answer(self) -> str:
        """A condition's outcome as people say it."""
        return {"True": "yes", "False": "no"}.get(self.outcome, self.outcome)

    @property
    def job(self) -> tuple[str, str] | None:
        """The kind and name of the job that writes a log; ``None`` where it has none."""
        kind, _, name = self.made.partition(":")[2].rpartition(":")[2].partition("/")
        return (kind, name) if kind in LOG_GROUPS else None


@dataclass(frozen=True, kw_only=True, slots=True)
class RunDetail:
    """One execution of a pipeline, whole."""

    pipeline: str
    id: str
    arn: str
    status: str
    began: datetime
    seconds: float
    reason: str
    said: str
    """Display name or description that it was started with."""
    parameters: Mapping[str, str]
    steps: Sequence[Step]
    """In the order in which they began."""
    definition: Mapping[str, Any]
    """Parsed JSON of what was run; empty where SageMaker does not tell it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LogLine:
    """One line of a job's log."""

    at: datetime
    stream: str
    text: str


def run_detail(sagemaker: Any, pipeline: str, execution: str) -> RunDetail:
    """Return an execution by its pipeline and the last part of its ARN."""
    arn = sagemaker.describe_pipeline(PipelineName=pipeline)["PipelineArn"]
    arn = f"{arn}/execution/{execution}"
    told = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
    pages = sagemaker.get_paginator("list_pipeline_parameters_for_execution").paginate(
        PipelineExecutionArn=arn
    )
    given = [one for page in pages for one in page["PipelineParameters"]]
    steps = [_step(one) for one in raw_steps(sagemaker, arn)]
    return RunDetail(
        pipeline=pipeline,
        id=execution,
        arn=arn,
        status=told["PipelineExecutionStatus"],
        began=told["CreationTime"],
        seconds=(told["LastModifiedTime"] - told["CreationTime"]).total_seconds(),
        reason=told.get("FailureReason", ""),
        said=told.get("PipelineExecutionDescription")
        or told.get("PipelineExecutionDisplayName", ""),
        parameters={one["Name"]: one["Value"] for one in given},
        steps=sorted(steps, key=lambda one: (one.began is None, one.began or told["CreationTime"])),
        definition=_definition(sagemaker, arn),
    )


def outcome(sagemaker: Any, arn: str) -> str:
    """Return what the conditions of a run answered, in words; empty where it has none."""
    steps = [_step(one) for one in raw_steps(sagemaker, arn)]
    return ", ".join(f"{one.name} answered {one.answer}" for one in steps if one.outcome)


def log_tail(logs: Any, step: Step, *, lines: int) -> list[LogLine]:
    """Return the last lines that the containers of a step's job wrote, oldest first.

    None before the job has written anything, and of a step that is no job.
    """
    if step.job is None:
        return []
    kind, name = step.job
    group = LOG_GROUPS[kind]
    try:
        streams = logs.describe_log_streams(
            logGroupName=group, logStreamNamePrefix=name, limit=STREAMS
        )["logStreams"]
    except ClientError as error:
        if error.response["Error"]["Code"] in NOTHING:
            return []
        raise
    found = [line for one in streams for line in _tail(logs, group, one["logStreamName"], lines)]
    return sorted(found, key=lambda line: line.at)[-lines:]


def _tail(logs: Any, group: str, stream: str, lines: int) -> Iterator[LogLine]:
    told = logs.get_log_events(
        logGroupName=group, logStreamName=stream, limit=lines, startFromHead=False
    )
    for event in told["events"]:
        yield LogLine(
            at=datetime.fromtimestamp(event["timestamp"] / 1000, UTC),
            stream=stream,
            text=event["message"].rstrip("\n"),
        )


def _definition(sagemaker: Any, arn: str) -> Mapping[str, Any]:
    told = sagemaker.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)
    try:
        found = json.loads(told.get("PipelineDefinition") or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _step(told: Mapping[str, Any]) -> Step:
    metadata = [one for one in (told.get("Metadata") or {}).values() if isinstance(one, Mapping)]
    return Step(
        name=told["StepName"],
        status=told["StepStatus"],
        began=told.get("StartTime"),
        ended=told.get("EndTime"),
        reason=told.get("FailureReason")
        or next((str(one["ErrorMessage"]) for one in metadata if "ErrorMessage" in one), ""),
        made=next((str(one["Arn"]) for one in metadata if "Arn" in one), ""),
        outcome=next((str(one["Outcome"]) for one in metadata if "Outcome" in one), ""),
        attempts=int(told.get("AttemptCount") or 0),
    )
