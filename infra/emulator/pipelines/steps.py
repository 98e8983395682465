"""What each type of step does. A runner returns the description that ``Get`` reads."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from moto.sagemaker.models import sagemaker_backends

from infra.emulator import jobs
from infra.emulator.context import Context
from infra.emulator.jobs import store, tuning
from infra.emulator.jobs.api import description, halt
from infra.emulator.jobs.job import PROCESSING, TRAINING, TRANSFORM, TUNING, Kind
from infra.emulator.pipelines import conditions, references
from infra.emulator.pipelines.execution import Execution, StepRun

JOBS: dict[str, Kind] = {
    "Processing": PROCESSING,
    "Training": TRAINING,
    "Transform": TRANSFORM,
    "Tuning": TUNING,
}
_METADATA = {
    "Processing": "ProcessingJob",
    "Training": "TrainingJob",
    "Transform": "TransformJob",
    "Tuning": "TuningJob",
}
_NAME_LIMITS = {"Tuning": 32}
_LAMBDA_TYPES: dict[str, Callable[[Any], Any]] = {
    "String": str,
    "Integer": int,
    "Float": float,
    "Boolean": bool,
}


class StepError(Exception):
    """What makes a step fail; the text is its ``FailureReason``."""


class StepStopped(Exception):  # noqa: N818 - an end that was asked for
    """The step's job was stopped."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a step runs."""

    context: Context
    execution: Execution
    run: StepRun

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3
        """Return a client that acts as the pipeline's role."""
        execution = self.execution
        return self.context.client(service, execution.region, role_arn=execution.role_arn)

    def suffixed(self, given: str | None, limit: int = 63) -> str:
        """Return a name as AWS gives it: ``pipelines-<execution id>-<step>-<suffix>``."""
        head = given or "pipelines"
        suffix = uuid.uuid4().hex[:10]
        middle = f"{head}-{self.execution.id}-{self.run.name}"
        safe = "".join(char if char.isalnum() else "-" for char in middle)
        return f"{safe[: limit - len(suffix) - 1].rstrip('-')}-{suffix}"


Runner = Callable[[Place, dict[str, Any]], dict[str, Any]]


def run_job(place: Place, arguments: dict[str, Any]) -> dict[str, Any]:
    """Create a job, wait for its end, return its description.

    Raises:
        StepError: the job failed, with its own reason.
        StepStopped: the job was stopped.
    """
    run, execution = place.run, place.execution
    kind = JOBS[run.type]
    name = place.suffixed(arguments.get(kind.name_key), _NAME_LIMITS.get(run.type, 63))
    tags = [
        *(arguments.get("Tags") or []),
        {"Key": "sagemaker:pipeline-execution-arn", "Value": execution.arn},
        {"Key": "sagemaker:pipeline-step-name", "Value": run.name},
    ]
    create = getattr(place.client("sagemaker"), f"create_{kind.resource.replace('-', '_')}")
    own: dict[str, Any] = {kind.name_key: name, "Tags": tags}
    if execution.trial is not None and kind is not TUNING:
        own["ExperimentConfig"] = execution.trial
    create(**{**arguments, **own})
    backend = sagemaker_backends[place.context.account_id][execution.region]
    job = store.held(backend, kind)[name]
    run.job = job
    run.metadata = {_METADATA[run.type]: {"Arn": job.arn}}
    if execution.status == "Stopping":
        halt(jobs.engine(place.context), job)
    job.finished.wait()
    if job.status == "Failed":
        raise StepError(job.failure_reason or "the job failed")
    if job.status == "Stopped":
        raise StepStopped(f"{job.name} was stopped")
    return job_description(place, kind, name)


def job_description(place: Place, kind: Kind, name: str) -> dict[str, Any]:
    """Return what ``Get`` reads of a job; for a tuning job its trials too, best first."""
    backend = sagemaker_backends[place.context.account_id][place.execution.region]
    job = store.held(backend, kind)[name]
    told = description(job)
    if kind is TUNING:
        objective = job.request["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]
        key = "FinalHyperParameterTuningJobObjectiveMetric"
        measured = [item for item in tuning.of(job).summaries() if key in item]
        measured.sort(key=lambda item: item[key]["Value"], reverse=objective["Type"] == "Maximize")
        told["TrainingJobSummaries"] = measured
    return told


def run_condition(place: Place, arguments: dict[str, Any]) -> dict[str, Any]:
    """Decide which branch is taken."""
    try:
        outcome = all(conditions.holds(item) for item in arguments["Conditions"])
    except TypeError as error:
        raise StepError(f"ClientError: the condition cannot be evaluated: {error}") from error
    word = "True" if outcome else "False"
    place.run.metadata = {"Condition": {"Outcome": word}}
    return {"Outcome": word}


def run_model(place: Place, arguments: dict[str, Any]) -> dict[str, Any]:
    """Create a model."""
    client = place.client("sagemaker")
    name = place.suffixed(arguments.get("ModelName"))
    made = client.create_model(**{**arguments, "ModelName": name})
    place.run.metadata = {"Model": {"Arn": made["ModelArn"]}}
    described: dict[str, Any] = client.describe_model(ModelName=name)
    return described


def run_register(place: Place, arguments: dict[str, Any]) -> dict[str, Any]:
    """Register a model package."""
    client = place.client("sagemaker")
    made = client.create_model_package(**arguments)
    place.run.metadata = {"RegisterModel": {"Arn": made["ModelPackageArn"]}}
    described: dict[str, Any] = client.describe_model_package(
        ModelPackageName=made["ModelPackageArn"]
    )
    return described


def run_lambda(place: Place, arguments: dict[str, Any]) -> dict[str, Any]:
    """Invoke a function and read its outputs.

    Raises:
        StepError: the function failed, or an output is missing or of another type.
    """
    definition = place.run.definition
    function = definition["FunctionArn"]
    if references.kind(function):
        raise StepError("ClientError: FunctionArn must be plain")
    outputs = definition.get("OutputParameters") or []
    place.run.metadata = {"Lambda": {"Arn": function, "OutputParameters": []}}
    try:
        result = place.context.invoke_lambda(function, json.dumps(arguments, default=str).encode())
    except LookupError as error:
        raise StepError(f"ClientError: there is no function {function}") from error
    if result.function_error:
        told = result.payload.decode(errors="replace")[:800]
        raise StepError(f"ClientError: function {function} failed: {told}")
    answer = json.loads(result.payload or b"null")
    return outputs_of(place.run, "Lambda", answer, outputs)


def outputs_of(
    run: StepRun,
    word: str,
    answer: object,
    declared: list[Mapping[str, str]],
) -> dict[str, Any]:
    """Return declared outputs out of an answer.

    Raises:
        StepError: one is missing or of another type.
    """
    values: dict[str, Any] = {}
    for item in declared:
        name, kind = item["OutputName"], item["OutputType"]
        if not isinstance(answer, Mapping) or name not in answer:
            raise StepError(f"ClientError: output {name} is missing from the answer")
        try:
            values[name] = _LAMBDA_TYPES[kind](answer[name])
        except (TypeError, ValueError) as error:
            message = f"ClientError: output {name} must be {kind}, got {answer[name]!r}"
            raise StepError(message) from error
    told = [{"Name": name, "Value": references.text(value)} for name, value in values.items()]
    run.metadata.setdefault(word, {})["OutputParameters"] = told
    return {"OutputParameters": values}


def run_callback(place: Place, arguments: dict[str, Any]) -> None:
    """Send a token to a queue; the step ends when someone sends it back."""
    run, execution = place.run, place.execution
    queue = run.definition["SqsQueueUrl"]
    run.metadata = {"Callback": {"CallbackToken": run.token, "SqsQueueUrl": queue}}
    message = {
        "token": run.token,
        "pipelineExecutionArn": execution.arn,
        "arguments": arguments,
        "status": "Executing",
    }
    body = json.dumps(message, default=str)
    place.client("sqs").send_message(QueueUrl=queue, MessageBody=body)


def run_fail(place: Place, arguments: dict[str, Any]) -> dict[str, Any]:
    """Fail.

    Raises:
        StepError: always, with the definition's message.
    """
    message = references.text(arguments["ErrorMessage"])
    place.run.metadata = {"Fail": {"ErrorMessage": message}}
    raise StepError(message)


RUNNERS: dict[str, Runner] = {
    **dict.fromkeys(JOBS, run_job),
    "Condition": run_condition,
    "Model": run_model,
    "RegisterModel": run_register,
    "Lambda": run_lambda,
    "Fail": run_fail,
}
