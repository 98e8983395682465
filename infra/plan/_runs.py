"""What one execution of a pipeline may run, and how often a month it is started by the clock."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from infra.cron import Cron, ScheduleError
from infra.plan._steps import flat
from infra.plan._values import items, loaded, mapping, plain, text, whole
from stacks._instances import facts

DEFAULT_SECONDS: Final = 86_400
"""Limit of a training or processing job whose request has none (SageMaker's API reference)."""
HOURS_PER_MONTH: Final = 730
"""A twelfth of a year, as AWS's calculator counts."""
YEARS: Final = range(2025, 2029)
"""Four in a row hold every day of the calendar."""
MAX_COUNT: Final = 10**6
_RATE: Final = re.compile(r"rate\(\s*(\d{1,6})\s+(minute|hour|day)s?\s*\)")
_HOURS: Final = {"minute": 1 / 60, "hour": 1.0, "day": 24.0}
_PARAMETER: Final = re.compile(r"Parameters\.([\w-]+)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """Instances that a step starts, all of its jobs together."""

    step: str
    usage: str
    """``Processing``, ``Train`` or ``Tsform``: what AWS's price list calls it."""
    instance_type: str
    instances: int
    """Of one job."""
    jobs: int
    """One, and as many as a tuning may start."""
    max_hours: float | None
    """Of one job, ``None`` where nothing ends it."""
    spot: bool
    """Run on spare capacity: for a price below the price list's."""
    volume_gib: int
    """Disk of each instance; 0 for the type's own."""
    gpus: int
    """Of each instance."""

    instance_hours: float | None
    """At most, in one execution, all jobs together."""
    gpu_hours: float | None
    """At most, in one execution; 0 without GPUs however long it runs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """What one execution starts when every branch is taken and every limit reached."""

    pipeline: str
    jobs: tuple[Job, ...]
    unknown: tuple[str, ...]
    """Steps with instances whose type or number is known only when it runs."""
    per_month: float | None
    """How often the clock starts it; ``None`` where no schedule does."""
    schedules: tuple[str, ...]


def run(name: str, document: Mapping[str, Any], schedules: Mapping[str, float]) -> Run:
    """Return what a plain pipeline definition runs; ``schedules`` are expressions with times."""
    defaults = {
        mapping(one).get("Name"): mapping(one).get("DefaultValue")
        for one in items(document.get("Parameters"))
        if isinstance(mapping(one).get("Name"), str)
    }
    jobs: list[Job] = []
    unknown: list[str] = []
    for step, _ in flat(document.get("Steps")):
        label = whole(text(step.get("Name", "unnamed")))
        for usage, cluster, request, times in _clusters(mapping(step.get("Arguments"))):
            job = _job(label, usage, cluster, request, times, defaults)
            if job is None:
                unknown.append(label)
            else:
                jobs.append(job)
    return Run(
        pipeline=name,
        jobs=tuple(jobs),
        unknown=tuple(unknown),
        per_month=sum(schedules.values()) if schedules else None,
        schedules=tuple(sorted(schedules)),
    )


_Cluster = tuple[str, Mapping[str, Any], Mapping[str, Any], object]


def _clusters(arguments: Mapping[str, Any]) -> Iterator[_Cluster]:
    """Yield each cluster that a step's request asks for: usage, cluster, its job, how many jobs."""
    cluster = mapping(arguments.get("ProcessingResources")).get("ClusterConfig")
    if isinstance(cluster, Mapping):
        yield "Processing", cluster, arguments, 1
    if isinstance(arguments.get("TransformResources"), Mapping):
        yield "Tsform", arguments["TransformResources"], arguments, 1
    yield from _trainings(arguments, 1)
    limits = mapping(mapping(arguments.get("HyperParameterTuningJobConfig")).get("ResourceLimits"))
    trials = [
        arguments.get("TrainingJobDefinition"),
        *items(arguments.get("TrainingJobDefinitions")),
    ]
    for trial in trials:  # several share the limit: the dearest may take all of it
        yield from _trainings(mapping(trial), limits.get("MaxNumberOfTrainingJobs", 1))


def _trainings(request: Mapping[str, Any], times: object) -> Iterator[_Cluster]:
    resources = request.get("ResourceConfig", request.get("HyperParameterTuningResourceConfig"))
    if not isinstance(resources, Mapping):
        return
    groups = items(resources.get("InstanceGroups", resources.get("InstanceConfigs")))
    for group in groups or (resources,):
        yield "Train", {**resources, **mapping(group)}, request, times


def _job(  # noqa: PLR0913, PLR0917 - what a job is made of
    step: str,
    usage: str,
    cluster: Mapping[str, Any],
    request: Mapping[str, Any],
    times: object,
    defaults: Mapping[Any, Any],
) -> Job | None:
    kind = _value(cluster.get("InstanceType"), defaults)
    instances = counted(_value(cluster.get("InstanceCount", 1), defaults))
    jobs = counted(_value(times, defaults))
    if not isinstance(kind, str) or instances is None or jobs is None:
        return None
    known = facts(kind)
    gpus = known.accelerators if known and known.accelerator == "gpu" else 0
    hours = _hours(usage, request, cluster, defaults)
    total = None if hours is None else instances * jobs * hours
    return Job(
        step=step,
        usage=usage,
        instance_type=kind,
        instances=instances,
        jobs=jobs,
        max_hours=hours,
        spot=request.get("EnableManagedSpotTraining") is True,
        volume_gib=counted(_value(cluster.get("VolumeSizeInGB"), defaults)) or 0,
        gpus=gpus,
        instance_hours=total,
        gpu_hours=0.0 if gpus == 0 else None if total is None else total * gpus,
    )


def _hours(
    usage: str, request: Mapping[str, Any], cluster: Mapping[str, Any], defaults: Mapping[Any, Any]
) -> float | None:
    if usage == "Tsform":
        return None
    limits = mapping(request.get("StoppingCondition"))
    seconds = counted(_value(limits.get("MaxRuntimeInSeconds", DEFAULT_SECONDS), defaults))
    if seconds is None:
        return None
    warm = counted(_value(cluster.get("KeepAlivePeriodInSeconds"), defaults)) or 0
    return (seconds + warm) / 3600


def _value(value: object, defaults: Mapping[Any, Any]) -> object:
    """Return a value as an execution that is given no parameters would see it."""
    reference = mapping(value).get("Get")
    found = _PARAMETER.fullmatch(reference) if isinstance(reference, str) else None
    return defaults.get(found[1]) if found else value


def counted(value: object) -> int | None:
    """Return a whole number that is one, or spelled as one."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:10])
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= MAX_COUNT else None


def per_month(expression: str) -> float | None:
    """Return how often a month a schedule falls due on average; ``None`` where it is no schedule.

    ``at(...)`` falls due once and so not every month.
    """
    if (rate := _RATE.fullmatch(expression)) and int(rate[1]) > 0:
        return HOURS_PER_MONTH / (int(rate[1]) * _HOURS[rate[2]])
    if not (expression.startswith("cron(") and expression.endswith(")")):
        return None
    try:
        cron = Cron.parse(expression[len("cron(") : -1])
        due = sum(cron.times_within(year) for year in YEARS)
    except (ScheduleError, ValueError):
        return None
    return due / (12 * len(YEARS))


def definition(value: object) -> Mapping[str, Any]:
    """Return a pipeline definition as plain values, from a mapping or its JSON."""
    return mapping(plain(value if isinstance(value, Mapping) else loaded(value)))
