"""One run of a pipeline: what the API tells about it while it goes on and afterwards."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from infra.emulator.codebuild.handover import Location

ENDED = frozenset({"Cancelled", "Failed", "Stopped", "Succeeded", "Superseded"})


def order(action: Mapping[str, Any]) -> int:
    """Return when in its stage an action is run; those of one number run side by side."""
    return int(action.get("runOrder", 1))


@dataclass(eq=False, slots=True)
class ActionRun:
    """One action of one execution."""

    stage: str
    action: Mapping[str, Any]
    """As the pipeline declares it."""
    began: datetime
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    changed: datetime | None = None
    status: str = "InProgress"
    configuration: Mapping[str, str] = field(default_factory=dict)
    """With its variables resolved."""
    inputs: dict[str, Location] = field(default_factory=dict)
    outputs: dict[str, Location] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    """What later actions may refer to, under its namespace."""
    token: str | None = None
    """An approval's, while it waits."""
    summary: str | None = None
    error: str | None = None
    external_id: str | None = None
    """The build's."""
    decided_by: str | None = None

    @property
    def name(self) -> str:
        """The action."""
        return str(self.action["name"])


@dataclass(eq=False, slots=True)
class Execution:
    """One run of a pipeline, of the structure that it was started with."""

    pipeline: Mapping[str, Any]
    trigger: Mapping[str, str]
    began: datetime
    revisions: Mapping[str, str]
    """Versions of sources that were asked for, by action."""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "InProgress"
    summary: str | None = None
    changed: datetime | None = None
    stage: int = 0
    """Number of the stage that it is in, or waits for."""
    waiting: bool = True
    """For its stage to be free."""
    stopping: str | None = None
    """Why it is to stop after the actions under way."""
    pending: set[str] = field(default_factory=set)
    """Actions of its stage that are still to begin."""
    runs: list[ActionRun] = field(default_factory=list)
    """Oldest first; a retried action has one for each try."""
    artifacts: dict[str, Location] = field(default_factory=dict)
    revised: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What each source action found, by its artifact."""

    @property
    def name(self) -> str:
        """The pipeline's."""
        return str(self.pipeline["name"])

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.status in ENDED

    @property
    def stage_name(self) -> str:
        """The stage that it is in, or waits for."""
        return str(self.pipeline["stages"][self.stage]["name"])

    @property
    def actions(self) -> list[Mapping[str, Any]]:
        """The actions of that stage, by their order."""
        actions = self.pipeline["stages"][self.stage]["actions"]
        return sorted(actions, key=order)

    def latest(self, stage: str, action: str) -> ActionRun | None:
        """Return the last try of an action."""
        found = (run for run in reversed(self.runs) if (run.stage, run.name) == (stage, action))
        return next(found, None)

    def namespaces(self) -> dict[str, Mapping[str, str]]:
        """Return the variables of actions that succeeded, by namespace."""
        found: dict[str, Mapping[str, str]] = {"codepipeline": {"PipelineExecutionId": self.id}}
        for run in self.runs:
            if run.status == "Succeeded" and (namespace := run.action.get("namespace")):
                found[namespace] = run.variables
        return found
