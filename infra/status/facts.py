"""The values that the status of a use case consists of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pipelines.shared.release.versions import Pair


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One execution of a pipeline."""

    status: str
    began: datetime
    seconds: float
    step: str
    """The step that runs or failed; empty where neither."""
    reason: str
    """Why it failed; empty where it did not."""
    arn: str = ""
    """Of the execution."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pipeline:
    """A pipeline and what it did last."""

    name: str
    runs: tuple[Run, ...]
    """Newest first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Served:
    """One variant of the endpoint."""

    name: str
    version: str
    """Number of the model version; empty where the registry does not know the model."""
    instances: str
    weight: float
    shadow: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    """The endpoint, and how it compares with what was approved."""

    name: str
    status: str
    """SageMaker's own; ``NotCreated`` before the first version."""
    reason: str
    """Why the last update failed; empty where it did not."""
    variants: tuple[Served, ...]
    versions: tuple[Pair, ...]
    """What each variant is to serve beside what it serves, as the monitor measures it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """The newest value of one of the platform's metrics."""

    metric: str
    dimensions: Mapping[str, str]
    """Beside stack and use case."""
    value: float
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Alarm:
    """An alarm as it stands."""

    name: str
    since: datetime
    description: str
    state: str = "ALARM"
    """CloudWatch's own: ``OK``, ``ALARM`` or ``INSUFFICIENT_DATA``."""
    why: str = ""
    """CloudWatch's reason for the state."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What was decided on one trigger: on a retraining, or on a shadow."""

    at: str
    """ISO 8601."""
    decision: str
    rule: str
    reason: str
    key: str = ""
    """What tells it apart in the decisions table."""
    trigger: str = ""
    """What asked for it."""
    execution: str = ""
    """ARN of the execution that it started; empty where none."""
    figures: Mapping[str, Any] = field(default_factory=dict)
    """What was known when it was decided."""


@dataclass(frozen=True, kw_only=True, slots=True)
class UseCaseStatus:
    """Everything about one use case of a stack."""

    use_case: str
    pipelines: tuple[Pipeline, ...]
    endpoint: Endpoint
    drift: tuple[Measured, ...]
    alarms: tuple[Alarm, ...]
    decisions: tuple[Decision, ...]
    """Newest first."""
