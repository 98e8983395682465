"""Running capacity: what stands and is paid by the hour, and what each run of a pipeline may start.

Read from resources and pipeline definitions, not from settings: whatever a program declares counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from infra.plan._cluster import Held
from infra.plan._runs import HOURS_PER_MONTH, Run, counted, definition, per_month, run
from infra.plan._standing import Standing, standing
from infra.plan._values import items, loaded, mapping, text, whole

PIPELINE: Final = "aws:sagemaker/pipeline:Pipeline"
SCHEDULE: Final = "aws:scheduler/schedule:Schedule"
RULE: Final = "aws:cloudwatch/eventRule:EventRule"
RULE_TARGET: Final = "aws:cloudwatch/eventTarget:EventTarget"


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """Something that keeps data."""

    kind: str
    name: str
    gib: int | None = None
    """Declared size; ``None`` where it grows with what is put into it."""
    kept_days: float | None = None
    """When the newest data goes; ``None``: never by itself."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Capacity:
    """What one revision of a stack runs."""

    standing: tuple[Standing, ...] = ()
    runs: tuple[Run, ...] = ()
    storage: tuple[Stored, ...] = ()
    unknown: tuple[str, ...] = ()
    """Resources with instances whose type or number cannot be read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Totals:
    """What one revision comes to."""

    instances: int
    """That stand, at least."""
    instances_most: int
    gpus: int
    gpus_most: int
    gpu_hours_standing: float
    """A month, at least."""
    gpu_hours_scheduled: float | None
    """A month, at most, of runs that the clock starts; ``None`` where nothing ends one of them."""
    volumes_gib: int
    """Disks of what stands."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StandingChange:
    """Something that stands otherwise; ``None`` where it did or does not stand."""

    old: Standing | None
    new: Standing | None


@dataclass(frozen=True, kw_only=True, slots=True)
class RunChange:
    """A pipeline whose runs may start something else, or start more or less often."""

    old: Run | None
    new: Run | None


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredChange:
    """Storage that is declared otherwise."""

    old: Stored | None
    new: Stored | None


@dataclass(frozen=True, kw_only=True, slots=True)
class CapacityChange:
    """What a change does to what runs; beside ``base`` and ``head`` it holds what differs."""

    base: Capacity
    head: Capacity
    was: Totals
    now: Totals
    standing: tuple[StandingChange, ...]
    runs: tuple[RunChange, ...]
    storage: tuple[StoredChange, ...]

    def __bool__(self) -> bool:
        """Tell whether anything changed."""
        return bool(self.standing or self.runs or self.storage)


def compare(base: Mapping[str, Any], head: Mapping[str, Any]) -> CapacityChange:
    """Compare the capacity of two graphs, ``{urn: {type, name, inputs}}`` with no unknowns."""
    old, new = read(base), read(head)
    return CapacityChange(
        base=old,
        head=new,
        was=_totals(old),
        now=_totals(new),
        standing=tuple(
            StandingChange(old=was, new=now)
            for was, now in _pairs(old.standing, new.standing, lambda one: (one.kind, one.name))
        ),
        runs=tuple(
            RunChange(old=was, new=now)
            for was, now in _pairs(old.runs, new.runs, lambda one: one.pipeline)
        ),
        storage=tuple(
            StoredChange(old=was, new=now)
            for was, now in _pairs(old.storage, new.storage, lambda one: (one.kind, one.name))
        ),
    )


def read(resources: Mapping[str, Any]) -> Capacity:
    """Return what a graph's resources run and keep."""
    held = [
        (whole(text(one.get("type"))), whole(text(one.get("name"))), mapping(one.get("inputs")))
        for one in (mapping(value) for value in resources.values())
    ]
    unknown: list[str] = []
    stands = list(standing(held, unknown))
    storage = [one for token, name, inputs in held for one in _stored(token, name, inputs)]
    return Capacity(
        standing=tuple(sorted(stands, key=lambda one: (one.kind, one.name))),
        runs=tuple(sorted(_runs(held), key=lambda one: one.pipeline)),
        storage=tuple(sorted(storage, key=lambda one: (one.kind, one.name))),
        unknown=tuple(sorted(unknown)),
    )


def _runs(held: Sequence[Held]) -> Iterator[Run]:
    schedules = _schedules(held)
    for token, name, inputs in held:
        if token == PIPELINE:
            called = whole(text(inputs.get("pipelineName") or name))
            document = definition(inputs.get("pipelineDefinition"))
            yield run(called, document, schedules.get(called, {}))


def _schedules(held: Sequence[Held]) -> dict[str, dict[str, float]]:
    """Return, by pipeline, the expressions that start it with how often a month each does."""
    found: dict[str, dict[str, float]] = {}

    def add(pipeline: str, expression: object, state: object) -> None:
        said = whole(text(expression))
        often = 0.0 if state == "DISABLED" else per_month(said)
        if often is not None:
            per = found.setdefault(pipeline, {})
            per[said] = per.get(said, 0.0) + often

    rules = {text(inputs.get("name")): inputs for token, _, inputs in held if token == RULE}
    for token, _, inputs in held:
        if token == SCHEDULE:
            target = mapping(inputs.get("target"))
            asked = mapping(loaded(target.get("input"))).get("PipelineName")
            pipeline = asked if isinstance(asked, str) else _pipeline(target.get("arn"))
            if pipeline:
                add(whole(pipeline), inputs.get("scheduleExpression"), inputs.get("state"))
        elif token == RULE_TARGET and (pipeline := _pipeline(inputs.get("arn"))):
            rule = rules.get(text(inputs.get("rule")), {})
            if rule.get("scheduleExpression"):
                add(pipeline, rule["scheduleExpression"], rule.get("state"))
    return found


def _pipeline(arn: object) -> str:
    before, found, name = text(arn).rpartition(":pipeline/")
    return whole(name) if found and ":sagemaker:" in before else ""


def _stored(token: str, name: str, inputs: Mapping[str, Any]) -> Iterator[Stored]:
    if token == "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration":  # noqa: S105 - a type
        for number, rule in enumerate(items(inputs.get("rules")), 1):
            said = mapping(rule)
            days = counted(mapping(said.get("expiration")).get("days"))
            old = counted(mapping(said.get("noncurrentVersionExpiration")).get("noncurrentDays"))
            label = f"{name}/{whole(text(said.get('id') or number))}"
            if said.get("status") != "Disabled":
                if days is not None:
                    yield Stored(kind="objects", name=label, kept_days=days)
                if old is not None:
                    yield Stored(kind="replaced objects", name=label, kept_days=old)
    elif token == "aws:cloudwatch/logGroup:LogGroup":  # noqa: S105 - a type
        kept = counted(inputs.get("retentionInDays")) or None
        yield Stored(kind="log group", name=name, kept_days=kept)
    elif token == "aws:kinesis/stream:Stream":  # noqa: S105 - a type
        hours = counted(inputs.get("retentionPeriod", 24))
        yield Stored(kind="stream", name=name, kept_days=None if hours is None else hours / 24)
    elif token == "aws:ebs/volume:Volume":  # noqa: S105 - a type
        yield Stored(kind="volume", name=name, gib=counted(inputs.get("size")))
    elif token in _GROWING:
        yield Stored(kind=_GROWING[token], name=name)


_GROWING: Final = {
    "aws:s3/bucket:Bucket": "bucket",
    "aws:dynamodb/table:Table": "table",
    "aws:ecr/repository:Repository": "image repository",
    "aws:sagemaker/featureGroup:FeatureGroup": "feature group",
    "aws:efs/fileSystem:FileSystem": "file system",
}


def _totals(capacity: Capacity) -> Totals:
    stands = [one for one in capacity.standing if one.usage.startswith(("Host", "AsyncInf"))]
    scheduled: float | None = 0.0
    for one in capacity.runs:
        for job in one.jobs:
            if one.per_month and job.gpus and scheduled is not None:
                hours = job.gpu_hours
                scheduled = None if hours is None else scheduled + hours * one.per_month
    return Totals(
        instances=sum(one.count for one in stands),
        instances_most=sum(one.most for one in stands),
        gpus=sum(one.count * one.gpus for one in stands),
        gpus_most=sum(one.most * one.gpus for one in stands),
        gpu_hours_standing=float(sum(one.count * one.gpus for one in stands) * HOURS_PER_MONTH),
        gpu_hours_scheduled=scheduled,
        volumes_gib=sum(one.count * one.volume_gib for one in stands),
    )


T = TypeVar("T")


def _pairs(
    old: Sequence[T], new: Sequence[T], name: Callable[[T], object]
) -> Iterator[tuple[T | None, T | None]]:
    """Yield what differs, side by side; namesakes are paired in order."""
    before, after = _by_name(old, name), _by_name(new, name)
    for key in [*before, *(key for key in after if key not in before)]:
        if before.get(key) != after.get(key):
            yield before.get(key), after.get(key)


def _by_name(values: Sequence[T], name: Callable[[T], object]) -> dict[object, T]:
    found: dict[object, T] = {}
    for value in values:
        number = 0
        while (name(value), number) in found:
            number += 1
        found[name(value), number] = value
    return found
