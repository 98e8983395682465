"""What is known of a live endpoint, from its variants back to raw data: plain values.

``None`` is never a guess: wherever something could not be learnt, :attr:`Lineage.gaps` says what
and why.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True, kw_only=True, slots=True)
class Approval:
    """Who said that a version may serve."""

    status: str
    how: Literal["automatic", "by hand", "unknown"]
    by: str | None
    """ARN: the pipeline execution that registered it as approved, or the identity that did."""
    at: datetime | None
    description: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Code:
    """What the pipeline was made from."""

    commit: str | None
    branch: str | None
    author: str | None
    archive: str | None
    """SHA-256 of the step code."""
    recorded_at: str | None
    """S3 URI of the record."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """A step of the execution."""

    name: str
    status: str
    started: datetime | None
    ended: datetime | None
    made: str | None
    """ARN of the job, the model package, or what else it stands for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Execution:
    """The pipeline execution that registered the version."""

    arn: str
    pipeline: str
    status: str
    started: datetime | None
    ended: datetime | None
    parameters: Mapping[str, str]
    steps: Sequence[Step]


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingJob:
    """The job that fitted the model."""

    name: str
    arn: str
    image: str | None
    instances: str
    """``<count> x <type>``, and whether on spot capacity."""
    started: datetime | None
    ended: datetime | None
    billable_seconds: int | None
    hyperparameters: Mapping[str, str]
    metrics: Mapping[str, float]
    inputs: Mapping[str, str]
    """Channel to S3 URI."""
    tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Tuning:
    """The search that its hyperparameters come from."""

    name: str
    strategy: str
    objective: str | None
    best_job: str | None
    best_value: float | None
    trials: Mapping[str, int]
    """Number of trials by status."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """An object or folder of raw data."""

    uri: str
    what: str
    etag: str | None
    """Of the object that was read; ``None`` for a folder."""
    version_id: str | None
    """S3 version that holds these bytes."""
    now: Literal["unchanged", "replaced since", "gone", "not compared"]


@dataclass(frozen=True, kw_only=True, slots=True)
class FeatureGroup:
    """The part of the feature view that one group gave."""

    name: str
    arn: str | None
    offline_uri: str
    used: Sequence[str]
    """Features that the model's rows were joined with."""
    records: str
    event_time: str | None
    features: Mapping[str, str]
    """Schema as it is now, by feature."""
    changed: datetime | None
    """Last change of the group; later than the training, the schema may have been another."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Data:
    """What the model was fitted on."""

    as_of: str | None
    rows: str | None
    window: str | None
    holdout_from: str | None
    months: Sequence[str]
    manifest: str | None
    sources: Sequence[Source]
    feature_groups: Sequence[FeatureGroup]


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """A version of the model, with all that led to it."""

    group: str
    number: int
    arn: str
    registered: datetime
    description: str | None
    image: str | None
    model_data: str | None
    approval: Approval
    metrics: Mapping[str, float]
    metadata: Mapping[str, str]
    code: Code
    execution: Execution | None
    training: TrainingJob | None
    tuning: Tuning | None
    data: Data
    baseline: str | None
    """S3 URI of the statistics that drift is measured against."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Variant:
    """A model that gets a share of the requests."""

    name: str
    model: str
    shadow: bool
    weight: float | None
    instances: str
    version: Version | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Lineage:
    """The answer to: what produced what is live."""

    endpoint: str
    arn: str
    status: str
    configuration: str
    changed: datetime | None
    tags: Mapping[str, str]
    variants: Sequence[Variant]
    newest_approved: str | None
    """ARN of the version that the registry approved last."""
    drift: str | None
    """How the live version differs from the approved one; ``None`` where it does not."""
    gaps: Sequence[str] = field(default_factory=tuple)


def as_json(found: Lineage) -> dict[str, Any]:
    """Return what ``json`` can write: times in ISO 8601."""
    told: dict[str, Any] = _plain(dataclasses.asdict(found))
    return told


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
