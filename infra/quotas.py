"""What a stack asks of SageMaker's service quotas, and what an account lacks of it.

Quotas are counted per instance type and use, and for most GPU types they begin at 0: without a
look beforehand the first training fails hours after the stack stood. What other stacks of the
account run meanwhile is not taken off: only SageMaker knows, at the moment a job starts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from stacks.batch_scoring import BatchScoring
from stacks.compute import Processing, Training, Tuning
from stacks.config import StackConfig
from stacks.features import Features
from stacks.serving import Serving

SERVICE: Final = "sagemaker"
HOSTS: Final = "Maximum number of instances per training job"
PIPELINES: Final = 3
"""Of a use case: features, training and drift may each run a processing step at once."""
FLEETS: Final = 2
"""An update stands a second fleet up beside the one that serves."""
OPEN: Final = ("PENDING", "CASE_OPENED")


@dataclass(frozen=True, slots=True)
class Need:
    """What a stack asks of one quota."""

    quota: str
    """Name, as Service Quotas spells it."""
    instances: int
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quota:
    """A quota of an account in a region."""

    code: str
    value: float
    asked: float | None = None
    """What an open request asks for."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A need beside what the account has."""

    need: Need
    quota: Quota | None
    """``None``: the region knows no such quota, so SageMaker offers the type there for nothing."""

    @property
    def lacks(self) -> bool:
        """Whether the quota is too small, or does not exist."""
        return self.quota is None or self.quota.value < self.need.instances


def needs(config: StackConfig) -> list[Need]:
    """Return what the stack asks for when everything that may run at once does."""
    summed: dict[str, int] = defaultdict(int)
    largest: dict[str, int] = defaultdict(int)
    why: dict[str, list[str]] = defaultdict(list)
    for name, settings in config.use_cases.items():
        asked = [
            *_training(settings.training, settings.tuning),
            *_processing(settings.processing, settings.features),
            *_batches(settings.batch_scoring, settings.processing),
            *_serving(settings.serving),
        ]
        for quota, instances, reason in asked:
            summed[quota] += instances
            largest[quota] = max(largest[quota], instances)
            why[quota].append(f"{name}: {reason}")
    # How large one job may be does not grow with the jobs.
    wanted = {quota: largest[quota] if quota == HOSTS else summed[quota] for quota in summed}
    return [Need(quota, wanted[quota], tuple(why[quota])) for quota in sorted(wanted)]


def _training(training: Training, tuning: Tuning) -> Iterator[tuple[str, int, str]]:
    kind, count = training.instance_type, training.instance_count
    at_once = tuning.max_parallel_jobs * count
    reason = f"{tuning.max_parallel_jobs} trials of {count} at once, then one training of {count}"
    spot = "spot training job usage" if training.use_spot else "training job usage"
    yield f"{kind} for {spot}", at_once, reason
    if training.keep_alive_seconds:
        yield f"{kind} for training warm pool usage", at_once, "kept after each of them"
    yield HOSTS, count, f"a training of {count}"


def _processing(processing: Processing, features: Features) -> Iterator[tuple[str, int, str]]:
    """Count a step of each pipeline; the one that makes features has compute of its own."""
    own = features.instance_type or processing.instance_type
    cluster = f"a step of the features pipeline, {features.instance_count} at once"
    others = PIPELINES - 1
    yield f"{own} for processing job usage", features.instance_count, cluster
    yield f"{processing.instance_type} for processing job usage", others, f"{others} other steps"


def _batches(scoring: BatchScoring | None, steps: Processing) -> Iterator[tuple[str, int, str]]:
    """Count what the batch pipeline runs, one after another: transform instances, and a step."""
    if scoring is not None:
        count = scoring.instance_count
        yield f"{scoring.instance_type} for transform job usage", count, f"a transform of {count}"
        yield f"{steps.instance_type} for processing job usage", 1, "a step of the batch pipeline"


def _serving(serving: Serving) -> Iterator[tuple[str, int, str]]:
    """Count the instances of every variant; serverless ones have none, and other quotas."""
    for one in serving.production_variants:
        if one.instance_type is not None:
            most = one.max_instance_count
            reason = f"variant {one.name}, up to {most}, and as many again during an update"
            yield f"{one.instance_type} for endpoint usage", FLEETS * most, reason
    shadow = serving.shadow
    if shadow is not None and (kind := shadow.instance_type or serving.instance_type) is not None:
        count = shadow.instance_count
        reason = f"the shadow, {count}, and as many again during an update"
        yield f"{kind} for endpoint usage", FLEETS * count, reason


def find(needed: Sequence[Need], client: Any) -> list[Finding]:  # noqa: ANN401 - boto3's client
    """Compare with the account of a ``service-quotas`` client, in its region.

    Raises:
        botocore.exceptions.BotoCoreError: no credentials, no answer.
        botocore.exceptions.ClientError: the caller may not list quotas.
    """
    applied = _listed(client, "list_service_quotas")
    if any(one.quota not in applied for one in needed):
        applied = {**_listed(client, "list_aws_default_service_quotas"), **applied}
    asked = _asked(client)
    return [
        Finding(
            one,
            Quota(found[0], found[1], asked.get(found[0]))
            if (found := applied.get(one.quota))
            else None,
        )
        for one in needed
    ]


def _listed(client: Any, operation: str) -> dict[str, tuple[str, float]]:  # noqa: ANN401 - boto3's client
    pages = client.get_paginator(operation).paginate(ServiceCode=SERVICE)
    found = [quota for page in pages for quota in page["Quotas"]]
    return {one["QuotaName"]: (one["QuotaCode"], one["Value"]) for one in found}


def _asked(client: Any) -> dict[str, float]:  # noqa: ANN401 - boto3's client
    paginator = client.get_paginator("list_requested_service_quota_change_history")
    found: dict[str, float] = {}
    for status in OPEN:
        for page in paginator.paginate(ServiceCode=SERVICE, Status=status):
            found |= {one["QuotaCode"]: one["DesiredValue"] for one in page["RequestedQuotas"]}
    return found


def explain(finding: Finding, region: str) -> str:
    """Return what is lacking, and how to ask for it, in a few lines."""
    need, quota = finding.need, finding.quota
    reasons = "; ".join(need.why)
    if quota is None:
        return (
            f"{need.quota}: SageMaker has no such quota in {region}, so the type is not offered "
            f"there for this; choose another type or region\n  needed for {reasons}"
        )
    lines = [
        f"{need.quota} ({quota.code}) must be at least {need.instances} in {region}, "
        f"is {quota.value:g}",
        f"  needed for {reasons}",
    ]
    if quota.asked is not None and quota.asked >= need.instances:
        return "\n".join([*lines, f"  asked for already: {quota.asked:g}, not decided yet"])
    return "\n".join([*lines, f"  ask for it: {command(need, quota, region)}"])


def command(need: Need, quota: Quota, region: str) -> str:
    """Return the command that asks AWS for what is needed."""
    options: Mapping[str, object] = {
        "service-code": SERVICE,
        "quota-code": quota.code,
        "desired-value": need.instances,
        "region": region,
    }
    words = " ".join(f"--{name} {value}" for name, value in options.items())
    return f"aws service-quotas request-service-quota-increase {words}"
