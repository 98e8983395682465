"""Where jobs are kept: in moto's own dictionaries, so that its tags and its reset work for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.sagemaker.exceptions import ResourceInUseException, ResourceNotFound, ValidationError
from moto.sagemaker.models import SageMakerModelBackend

from infra.emulator.jobs.job import Job, Kind
from infra.emulator.sagemaker_api import Call, between, page


def held(backend: SageMakerModelBackend, kind: Kind) -> dict[str, Job]:
    """Return the jobs of a kind by name, oldest first."""
    jobs: dict[str, Job] = getattr(backend, kind.resource.replace("-", "_") + "s")
    return jobs


def add(call: Call, kind: Kind) -> Job:
    """Keep a new job.

    Raises:
        ResourceInUseException: a job of the kind has that name.
    """
    name = call.parameters[kind.name_key]
    jobs = held(call.backend, kind)
    if name in jobs:
        raise ResourceInUseException(
            f"{kind.name_key} must be unique within an AWS account and region, "
            f"and {jobs[name].arn} exists already"
        )
    jobs[name] = Job(
        kind=kind,
        name=name,
        arn=call.arn(kind.resource, name),
        region=call.region,
        request=call.parameters,
        created=call.now(),
        tags=list(call.parameters.get("Tags") or []),
    )
    return jobs[name]


def find(call: Call, kind: Kind) -> Job:
    """Return the job that the request names.

    Raises:
        ValidationError: there is none; ``ResourceNotFound`` for a tuning job, as in AWS.
    """
    name = call.parameters[kind.name_key]
    job = held(call.backend, kind).get(name)
    if job is not None:
        return job
    message = f"Could not find requested job with name: {name}"
    if kind.word == "HyperParameterTuning":
        raise ResourceNotFound(message)
    raise ValidationError(message)


def select(call: Call, kind: Kind) -> dict[str, Any]:
    """Answer a ``List`` operation: filters, order, pages."""
    asked = call.parameters
    jobs = [job for job in held(call.backend, kind).values() if _wanted(job, asked)]
    keys = {
        "Name": lambda job: job.name,
        "Status": lambda job: job.status,
        "CreationTime": lambda job: job.created,
    }
    jobs.sort(key=keys[asked.get("SortBy") or "CreationTime"])
    if (asked.get("SortOrder") or "Descending") == "Descending":
        jobs.reverse()
    found, token = page(jobs, asked, default=10)
    answer: dict[str, Any] = {f"{kind.word}JobSummaries": [job.summary() for job in found]}
    return answer | ({"NextToken": token} if token else {})


def _wanted(job: Job, asked: Mapping[str, Any]) -> bool:
    return (
        asked.get("NameContains", "") in job.name
        and asked.get("StatusEquals") in {None, job.status}
        and between(job.created, asked.get("CreationTimeAfter"), asked.get("CreationTimeBefore"))
        and between(
            job.modified or job.created,
            asked.get("LastModifiedTimeAfter"),
            asked.get("LastModifiedTimeBefore"),
        )
    )


def check_ended(job: Job, final: frozenset[str]) -> None:
    """Refuse to delete a job that still runs.

    Raises:
        ResourceInUseException: it does.
    """
    if job.status not in final:
        raise ResourceInUseException(f"{job.name} is {job.status}: stop it before deleting it")
