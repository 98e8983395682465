"""The execution, the training job and the tuning job behind a version."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from pipelines.shared.lineage.asking import Asking
from pipelines.shared.lineage.facts import Execution, Step, TrainingJob, Tuning

QUOTES = '"'


def execution(asking: Asking, arn: str | None, number: int) -> Execution | None:
    """Return the pipeline execution of that ARN, with its steps."""
    what = f"pipeline execution of version {number}"
    if arn is None:
        asking.gap(what, "neither its metadata nor MetadataProperties.GeneratedBy names one")
        return None
    sagemaker = asking.client("sagemaker")
    described = asking.ask(
        what, lambda: sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
    )
    if described is None:
        return None
    given = asking.ask(
        f"parameters of {_short(arn)}",
        lambda: _pages(
            sagemaker, "list_pipeline_parameters_for_execution", "PipelineParameters", arn
        ),
    )
    steps = asking.ask(
        f"steps of {_short(arn)}",
        lambda: _pages(sagemaker, "list_pipeline_execution_steps", "PipelineExecutionSteps", arn),
    )
    made = [_step(one) for one in steps or []]
    return Execution(
        arn=arn,
        pipeline=arn.partition(":pipeline/")[2].partition("/")[0],
        status=described["PipelineExecutionStatus"],
        started=described.get("CreationTime"),
        ended=described.get("LastModifiedTime"),
        parameters={one["Name"]: one["Value"] for one in given or []},
        steps=sorted(made, key=lambda step: (step.started is None, step.started)),
    )


def training_job(
    asking: Asking, run: Execution | None, model_data: str | None, number: int
) -> TrainingJob | None:
    """Return the job of the execution that wrote the version's model."""
    what = f"training job of version {number}"
    if run is None:
        asking.gap(what, "its execution is not known")
        return None
    sagemaker = asking.client("sagemaker")
    for arn in _made(run, "training-job"):
        name = arn.rpartition("/")[2]
        job = asking.ask(what, partial(sagemaker.describe_training_job, TrainingJobName=name))
        if job and (job.get("ModelArtifacts") or {}).get("S3ModelArtifacts") == model_data:
            return _training(asking, job)
    asking.gap(what, f"no job of {_short(run.arn)} wrote {model_data}")
    return None


def tuning(asking: Asking, run: Execution | None) -> Tuning | None:
    """Return the search of the execution; ``None`` where it had none."""
    arns = _made(run, "hyper-parameter-tuning-job") if run else []
    if not arns:
        return None
    name = arns[0].rpartition("/")[2]
    job = asking.ask(
        f"tuning job {name}",
        lambda: asking.client("sagemaker").describe_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name
        ),
    )
    if job is None:
        return None
    config = job["HyperParameterTuningJobConfig"]
    objective = config.get("HyperParameterTuningJobObjective") or {}
    best = job.get("BestTrainingJob") or {}
    measured = best.get("FinalHyperParameterTuningJobObjectiveMetric") or {}
    return Tuning(
        name=name,
        strategy=config["Strategy"],
        objective=f"{objective['Type']} {objective['MetricName']}" if objective else None,
        best_job=best.get("TrainingJobName"),
        best_value=measured.get("Value"),
        trials={
            kind: count
            for kind, count in (job.get("TrainingJobStatusCounters") or {}).items()
            if count
        },
    )


def _training(asking: Asking, job: Mapping[str, Any]) -> TrainingJob:
    resources = job.get("ResourceConfig") or {}
    spot = ", spot" if job.get("EnableManagedSpotTraining") else ""
    channels = {
        channel["ChannelName"]: ((channel.get("DataSource") or {}).get("S3DataSource") or {}).get(
            "S3Uri", ""
        )
        for channel in job.get("InputDataConfig") or []
    }
    return TrainingJob(
        name=job["TrainingJobName"],
        arn=job["TrainingJobArn"],
        image=(job.get("AlgorithmSpecification") or {}).get("TrainingImage"),
        instances=f"{resources.get('InstanceCount')} x {resources.get('InstanceType')}{spot}",
        started=job.get("TrainingStartTime"),
        ended=job.get("TrainingEndTime"),
        billable_seconds=job.get("BillableTimeInSeconds"),
        hyperparameters={
            name: str(value).strip(QUOTES)
            for name, value in (job.get("HyperParameters") or {}).items()
        },
        metrics={
            one["MetricName"]: float(one["Value"]) for one in job.get("FinalMetricDataList") or []
        },
        inputs=channels,
        tags=asking.tags(job["TrainingJobArn"]),
    )


def _step(told: Mapping[str, Any]) -> Step:
    metadata = told.get("Metadata") or {}
    made = next(
        (one["Arn"] for one in metadata.values() if isinstance(one, Mapping) and "Arn" in one), None
    )
    return Step(
        name=told["StepName"],
        status=told["StepStatus"],
        started=told.get("StartTime"),
        ended=told.get("EndTime"),
        made=made,
    )


def _made(run: Execution, kind: str) -> list[str]:
    return [step.made for step in run.steps if step.made and f":{kind}/" in step.made]


def _pages(sagemaker: Any, operation: str, member: str, arn: str) -> list[Any]:  # noqa: ANN401 - boto3's
    pages = sagemaker.get_paginator(operation).paginate(PipelineExecutionArn=arn)
    return [one for page in pages for one in page[member]]


def _short(arn: str) -> str:
    return arn.partition(":pipeline/")[2]
