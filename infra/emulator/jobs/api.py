"""The job operations of SageMaker's API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from moto.sagemaker.exceptions import ValidationError

from infra.emulator.jobs import (
    limits,
    processing,
    quotas,
    store,
    training,
    transform,
    trials,
    tuning,
)
from infra.emulator.jobs.engine import Engine, Run
from infra.emulator.jobs.job import FINAL, PROCESSING, TRAINING, TRANSFORM, TUNING, Job, Kind
from infra.emulator.roles import check_role
from infra.emulator.sagemaker_api import Call, Operation, page


def operations(engine: Engine) -> dict[str, Operation]:
    """Return the operations by AWS's name."""
    runs: dict[Kind, Run] = {
        PROCESSING: processing.run,
        TRAINING: training.run,
        TRANSFORM: transform.run,
        TUNING: tuning.run,
    }
    found: dict[str, Operation] = {}
    for kind, run in runs.items():
        found[f"Create{kind.word}Job"] = _create(engine, kind, run)
        found[f"Describe{kind.word}Job"] = _describe(kind)
        found[f"Stop{kind.word}Job"] = _stop(engine, kind)
        found[f"List{kind.word}Jobs"] = _list(kind)
        found[f"Delete{kind.word}Job"] = _delete(kind)
    del found["DeleteTransformJob"]  # AWS has none
    found["ListTrainingJobsForHyperParameterTuningJob"] = _list_trials
    found["UpdateTrainingJob"] = _update(engine)
    return found


def _check(call: Call, kind: Kind) -> None:
    checks: Mapping[str, Callable[[], None]] = {
        "Processing": lambda: limits.check_processing(call.parameters),
        "Training": lambda: limits.check_training(call.parameters),
        "Transform": lambda: transform.check(call),
        "HyperParameterTuning": lambda: tuning.check(call.parameters),
    }
    checks[kind.word]()
    if config := call.parameters.get("ExperimentConfig"):
        trials.check(call.backend, config)
    for role_arn in _roles(call.parameters):
        check_role(call, role_arn)


def _roles(asked: Mapping[str, Any]) -> list[str]:
    """Return the roles that a request names itself; a transform job acts as its model's."""
    definition = asked.get("TrainingJobDefinition") or {}
    return [found["RoleArn"] for found in (asked, definition) if "RoleArn" in found]


def _create(engine: Engine, kind: Kind, run: Run) -> Operation:
    def create(call: Call) -> dict[str, Any]:
        _check(call, kind)
        quotas.check(engine, call, kind)
        job = store.add(call, kind)
        if kind is TRAINING:
            job.pass_to("Starting", "Starting the training job", engine.now())
        if kind is TRANSFORM:
            job.attached = transform.prepare(call)
        if kind is TUNING:
            job.attached = tuning.Tuning(engine, job, call)
        engine.submit(job, run)
        return {kind.arn_key: job.arn}

    return create


def _describe(kind: Kind) -> Operation:
    def describe(call: Call) -> dict[str, Any]:
        return description(store.find(call, kind))

    return describe


def description(job: Job) -> dict[str, Any]:
    """Return the ``Describe`` response of a job of any kind."""
    told = job.describe()
    if isinstance(job.attached, tuning.Tuning):
        told |= job.attached.progress()
    return told


def _stop(engine: Engine, kind: Kind) -> Operation:
    def stop(call: Call) -> None:
        halt(engine, store.find(call, kind))

    return stop


def halt(engine: Engine, job: Job) -> None:
    """Stop a job of any kind; does nothing to one that has ended."""
    engine.stop(job)
    if isinstance(job.attached, tuning.Tuning):
        job.attached.stop()


def _list(kind: Kind) -> Operation:
    return lambda call: store.select(call, kind)


def _delete(kind: Kind) -> Operation:
    def delete(call: Call) -> None:
        job = store.find(call, kind)
        store.check_ended(job, FINAL)
        del store.held(call.backend, kind)[job.name]

    return delete


def _update(engine: Engine) -> Operation:
    """Change how long a job's ended instances are kept: all that SageMaker lets be changed here."""

    def update(call: Call) -> dict[str, Any]:
        job = store.find(call, TRAINING)
        keep = (call.parameters.get("ResourceConfig") or {}).get("KeepAlivePeriodInSeconds")
        if keep is None:
            raise ValidationError("only ResourceConfig.KeepAlivePeriodInSeconds is emulated")
        if not engine.warm_pools.update(job, keep):
            raise ValidationError(f"{job.name} has no warm pool that is available")
        return {"TrainingJobArn": job.arn}

    return update


def _list_trials(call: Call) -> dict[str, Any]:
    asked = call.parameters
    trials = tuning.of(store.find(call, TUNING)).summaries()
    status = asked.get("StatusEquals")
    trials = [trial for trial in trials if status in {None, trial["TrainingJobStatus"]}]
    if (asked.get("SortBy") or "Name") == "FinalObjectiveMetricValue":
        key = "FinalHyperParameterTuningJobObjectiveMetric"
        trials = sorted((t for t in trials if key in t), key=lambda t: t[key]["Value"])
    if asked.get("SortOrder") == "Descending":
        trials.reverse()
    found, token = page(trials, asked, default=10)
    return {"TrainingJobSummaries": found, **({"NextToken": token} if token else {})}
