"""The training pipeline: extract, validate, split, tune, train, evaluate, compare, register.

No step is cached: every execution trains on the data of its own moment, in folders named after
itself; an execution that failed is continued by retrying it, which repeats no finished step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sagemaker.core.workflow.conditions import (
    ConditionEquals,
    ConditionGreaterThanOrEqualTo,
    ConditionOr,
)
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join, JsonGet
from sagemaker.core.workflow.parameters import ParameterInteger, ParameterString
from sagemaker.core.workflow.properties import PropertyFile
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.steps import StepTypeEnum

from pipelines.settings import BuildSettings
from pipelines.shared.arguments import as_of_arguments
from pipelines.shared.images import data_image
from pipelines.shared.jobs import BUCKET, Code, Input, processing, script_mode, training
from pipelines.shared.sdk import RequestStep, definition, run_uri
from pipelines.shared.serving import sample

EVALUATION = PropertyFile(name="EvaluationReport", output_name="evaluation", path="evaluation.json")
MADE_FROM = PropertyFile(name="MadeFrom", output_name="dataset", path="made-from.json")
ORIGIN = ("commit", "branch", "author")
"""What jobs and versions are marked with, of the record of what the pipeline was made from."""
METADATA = (
    "champion_version",
    "champion_saw_holdout",
    "as_of",
    "rows",
    "training_window",
    "holdout_from",
    "evaluated",
)


@dataclass(frozen=True, kw_only=True)
class Model:
    """What training pipelines differ in."""

    image: str
    """Of the jobs that train."""
    evaluation_image: str
    """Of the job that measures, on a machine for data: it must run the model, too."""
    serving_image: str
    serving_environment: Mapping[str, str]
    content_type: str = "text/csv"
    """What the served model reads and answers."""
    objective: str
    """Figure that is to grow; jobs print it as ``validation-<objective>:`` and ``holdout-...``."""
    fixed: Mapping[str, str]
    """Hyperparameters that are not tuned."""
    integers: Sequence[Mapping[str, str]] = ()
    """Ranges of the tuned ones, as SageMaker's API takes them."""
    continuous: Sequence[Mapping[str, str]] = ()

    @property
    def tuned(self) -> list[str]:
        """Names of the tuned hyperparameters."""
        return [one["Name"] for one in (*self.integers, *self.continuous)]

    def metrics(self, part: str) -> list[dict[str, str]]:
        """Return how the objective is read from a job's log."""
        regex = rf"{part}-{self.objective}:([0-9.]+)"
        return [{"Name": f"{part}:{self.objective}", "Regex": regex}]


def train(settings: BuildSettings, code: Code, model: Model) -> str:
    """Return the definition."""
    as_of = ParameterString(name="AsOf", default_value="")
    trigger = ParameterString(name="Trigger", default_value="manual")
    jobs = ParameterInteger(name="TuningMaxJobs", default_value=settings.tuning_max_jobs)
    approval = ParameterString(
        name="ModelApprovalStatus",
        default_value="Approved" if settings.approval == "automatic" else "PendingManualApproval",
    )
    extract = _extract(settings, code, as_of)
    dataset = Input(path="dataset", uri=extract.output("dataset"))
    validate = RequestStep(
        "Validate",
        StepTypeEnum.PROCESSING,
        processing(
            settings,
            code,
            data_image(settings),
            "training_validate",
            arguments=[],
            inputs=[dataset],
            outputs={"violations": run_uri("training", "validate")},
            isolated=True,
        ),
    )
    split = RequestStep(
        "Split",
        StepTypeEnum.PROCESSING,
        processing(
            settings,
            code,
            data_image(settings),
            "training_split",
            arguments=[],
            inputs=[dataset],
            outputs={
                f"splits/{name}": run_uri("training", "split", name)
                for name in ("train", "validation", "holdout", "facts")
            },
            isolated=True,
        ),
        depends_on=[validate],
    )
    parts = {
        name: split.output(f"splits-{name}") for name in ("train", "validation", "holdout", "facts")
    }
    origin = {
        name: JsonGet(step_name=extract.name, property_file=MADE_FROM, json_path=name)
        for name in ORIGIN
    }
    tune = _tune(settings, code, model, parts, jobs=jobs, origin=origin)
    fit = _fit(settings, code, model, parts, tune=tune, origin=origin)
    evaluate = _evaluate(settings, code, model, parts, fit)
    register = _register(
        settings,
        code,
        model,
        fit,
        evaluate,
        approval=approval,
        trigger=trigger,
        extract=extract,
        origin=origin,
    )
    better = ConditionGreaterThanOrEqualTo(
        left=_found(evaluate, f"comparison.{model.objective}_gain"), right=settings.minimum_gain
    )
    first = ConditionEquals(left=_found(evaluate, "comparison.champions"), right=0)
    compare = ConditionStep(
        name="Compare",
        conditions=[ConditionOr(conditions=[first, better])],
        if_steps=[register],
        else_steps=[],
    )
    return definition(
        f"{settings.name_prefix}-training",
        [as_of, trigger, jobs, approval],
        [extract, validate, split, tune, fit, evaluate, compare],
        region=settings.region,
    )


def _found(evaluate: RequestStep, path: str) -> JsonGet:
    return JsonGet(step_name=evaluate.name, property_file=EVALUATION, json_path=path)


def _extract(settings: BuildSettings, code: Code, as_of: ParameterString) -> RequestStep:
    return RequestStep(
        "Extract",
        StepTypeEnum.PROCESSING,
        processing(
            settings,
            code,
            data_image(settings),
            "training_extract",
            arguments=[
                *as_of_arguments(as_of),
                "--raw-bucket",
                "${raw_bucket}",
                "--artifacts-bucket",
                "${artifacts_bucket}",
                "--name-prefix",
                settings.name_prefix,
                "--dataset-uri",
                run_uri("training", "extract"),
                "--made-from",
                "${made_from}",
            ],
            inputs=[],
            outputs={"dataset": run_uri("training", "extract")},
            isolated=False,
        ),
        property_files=[MADE_FROM],
    )


def _tags(origin: dict[str, JsonGet]) -> list[dict[str, Any]]:
    return [{"Key": name, "Value": value} for name, value in origin.items()]


def _tune(  # noqa: PLR0913 - what a search is made of
    settings: BuildSettings,
    code: Code,
    model: Model,
    parts: dict[str, Any],
    *,
    jobs: ParameterInteger,
    origin: dict[str, JsonGet],
) -> RequestStep:
    trial = training(
        settings,
        model.image,
        channels={name: parts[name] for name in ("train", "validation")},
        # A trial has no entry point of its own: the image's toolkit must fetch the script.
        isolated=False,
        output=run_uri("training", "tune"),
        checkpoints=run_uri("training", "checkpoints", "tune"),
    )
    trial["AlgorithmSpecification"]["MetricDefinitions"] = model.metrics("validation")
    trial["StaticHyperParameters"] = {**script_mode(code, "train.py"), **model.fixed}
    request = {
        "HyperParameterTuningJobConfig": {
            "Strategy": settings.tuning_strategy.capitalize(),
            "TrainingJobEarlyStoppingType": "Auto" if settings.tuning_early_stopping else "Off",
            "RandomSeed": 13,
            "HyperParameterTuningJobObjective": {
                "Type": "Maximize",
                "MetricName": f"validation:{model.objective}",
            },
            "ResourceLimits": {
                "MaxNumberOfTrainingJobs": jobs,
                "MaxParallelTrainingJobs": settings.tuning_max_parallel_jobs,
            },
            "ParameterRanges": {
                "IntegerParameterRanges": [dict(one) for one in model.integers],
                "ContinuousParameterRanges": [dict(one) for one in model.continuous],
            },
        },
        "TrainingJobDefinition": trial,
        "Tags": _tags(origin),
    }
    return RequestStep("Tune", StepTypeEnum.TUNING, request)


def _fit(  # noqa: PLR0913 - what a training is made of
    settings: BuildSettings,
    code: Code,
    model: Model,
    parts: dict[str, Any],
    *,
    tune: RequestStep,
    origin: dict[str, JsonGet],
) -> RequestStep:
    request = training(
        settings,
        model.image,
        channels={
            **{name: parts[name] for name in ("train", "validation", "holdout")},
            "code": f"{BUCKET}/{code.steps}",
        },
        isolated=True,
        output=run_uri("training", "train"),
        checkpoints=run_uri("training", "checkpoints", "train"),
    )
    best = tune.properties.BestTrainingJob.TunedHyperParameters
    chosen = {"final": "true", **model.fixed, **{name: best[name] for name in model.tuned}}
    # The service records hyperparameters with the job; the script reads its arguments.
    request["HyperParameters"] = chosen
    request["Tags"] = _tags(origin)
    request["AlgorithmSpecification"] |= {
        "MetricDefinitions": model.metrics("holdout"),
        "ContainerEntrypoint": ["python3", "/opt/ml/input/data/code/steps.pyz", "train"],
        "ContainerArguments": [
            part for name, value in chosen.items() for part in (f"--{name}", value)
        ],
    }
    return RequestStep("Train", StepTypeEnum.TRAINING, request)


def _evaluate(
    settings: BuildSettings, code: Code, model: Model, parts: dict[str, Any], fit: RequestStep
) -> RequestStep:
    return RequestStep(
        "Evaluate",
        StepTypeEnum.PROCESSING,
        processing(
            settings,
            code,
            model.evaluation_image,
            "training_evaluate",
            arguments=["--model-package-group", settings.name_prefix],
            inputs=[
                Input(path="model", uri=fit.properties.ModelArtifacts.S3ModelArtifacts),
                *(Input(path=name, uri=uri) for name, uri in parts.items()),
            ],
            outputs={"evaluation": run_uri("training", "evaluate")},
            isolated=False,
        ),
        property_files=[EVALUATION],
    )


def _register(  # noqa: PLR0913 - a version tells of all that led to it
    settings: BuildSettings,
    code: Code,
    model: Model,
    fit: RequestStep,
    evaluate: RequestStep,
    *,
    approval: ParameterString,
    trigger: ParameterString,
    extract: RequestStep,
    origin: dict[str, JsonGet],
) -> RequestStep:
    where = evaluate.output("evaluation")

    def file(name: str) -> dict[str, Any]:
        return {"ContentType": "application/json", "S3Uri": Join(on="/", values=[where, name])}

    request = {
        "ModelPackageGroupName": settings.name_prefix,
        "ModelPackageDescription": Join(on="", values=["retrained because: ", trigger]),
        "ModelApprovalStatus": approval,
        "InferenceSpecification": {
            "Containers": [
                {
                    "Image": model.serving_image,
                    "ModelDataUrl": fit.properties.ModelArtifacts.S3ModelArtifacts,
                    "Environment": dict(model.serving_environment),
                }
            ],
            "SupportedContentTypes": [model.content_type],
            "SupportedResponseMIMETypes": [model.content_type],
        },
        "SamplePayloadUrl": Join(on="/", values=[where, sample.REQUEST]),
        "ModelMetrics": {
            "ModelQuality": {"Statistics": file("evaluation.json")},
            "ModelDataQuality": {"Statistics": file("statistics.json")},
        },
        "DriftCheckBaselines": {"ModelDataQuality": {"Statistics": file("statistics.json")}},
        "CustomerMetadataProperties": {
            **{
                name: _found(evaluate, f"metadata.{name}")
                for name in (model.objective, f"champion_{model.objective}", *METADATA)
            },
            "code": code.source.split("/")[1],
            "execution_arn": ExecutionVariables.PIPELINE_EXECUTION_ARN,
            "data_uri": extract.output("dataset"),
            "made_from": f"{BUCKET}/${{made_from}}",
            **origin,
        },
        "MetadataProperties": {
            "CommitId": origin["commit"],
            "GeneratedBy": ExecutionVariables.PIPELINE_EXECUTION_ARN,
        },
    }
    return RequestStep("Register", StepTypeEnum.REGISTER_MODEL, request)
