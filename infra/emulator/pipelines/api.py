"""The pipeline operations of SageMaker's API."""

from __future__ import annotations

import json
import uuid
from typing import Any

from moto.sagemaker.exceptions import ResourceNotFound, ValidationError
from moto.sagemaker.utils import load_pipeline_definition_from_s3

from infra.emulator.jobs import trials
from infra.emulator.pipelines import parameters, validation
from infra.emulator.pipelines.execution import Execution, StepRun
from infra.emulator.pipelines.executor import Executor
from infra.emulator.pipelines.steps import Place, StepError
from infra.emulator.pipelines.values import resolve
from infra.emulator.sagemaker_api import Call, Operation, between, page, state

DEFAULT_PARALLEL_STEPS = 50


class Tokens(dict[str, str]):
    """Client request tokens seen, with the ARN each made."""


def operations(executor: Executor) -> dict[str, Operation]:
    """Return the operations by AWS's name."""

    def start(call: Call) -> dict[str, Any]:
        pipeline = find_pipeline(call)
        tokens = state(call.backend, Tokens)
        token = f"{pipeline.arn} {call.parameters.get('ClientRequestToken')}"
        if call.parameters.get("ClientRequestToken") and token in tokens:
            return {"PipelineExecutionArn": tokens[token]}
        execution = make_execution(call, pipeline)
        tokens[token] = execution.arn
        pipeline.pipeline_executions[execution.arn] = execution
        pipeline.last_execution_time = execution.started
        if execution.trial is not None:
            trials.begin(
                call.backend, execution.trial["ExperimentName"], execution.trial["TrialName"]
            )
        executor.start(execution)
        return {"PipelineExecutionArn": execution.arn}

    def stop(call: Call) -> dict[str, Any]:
        execution = find_execution(call)
        executor.stop(execution)
        return {"PipelineExecutionArn": execution.arn}

    def retry(call: Call) -> dict[str, Any]:
        execution = find_execution(call)
        executor.retry(execution)
        return {"PipelineExecutionArn": execution.arn}

    def succeed(call: Call) -> dict[str, Any]:
        given = call.parameters.get("OutputParameters") or []
        outputs = {item["Name"]: item["Value"] for item in given}
        return {
            "PipelineExecutionArn": executor.answer(call.parameters["CallbackToken"], outputs, None)
        }

    def fail(call: Call) -> dict[str, Any]:
        reason = call.parameters.get("FailureReason") or "the callback reported failure"
        return {
            "PipelineExecutionArn": executor.answer(call.parameters["CallbackToken"], None, reason)
        }

    return {
        "CreatePipeline": create,
        "UpdatePipeline": update,
        "DeletePipeline": delete,
        "StartPipelineExecution": start,
        "StopPipelineExecution": stop,
        "RetryPipelineExecution": retry,
        "SendPipelineExecutionStepSuccess": succeed,
        "SendPipelineExecutionStepFailure": fail,
        "DescribePipelineExecution": lambda call: find_execution(call).describe(),
        "DescribePipelineDefinitionForExecution": describe_definition,
        "ListPipelineExecutions": list_executions,
        "ListPipelineExecutionSteps": list_steps,
        "ListPipelineParametersForExecution": list_parameters,
    }


def create(call: Call) -> dict[str, Any]:
    """Create a pipeline whose definition is sound.

    Raises:
        ValidationError: it is not; the text names every fault.
    """
    asked = call.parameters
    text = _definition(call)
    if text is not None:
        check(text)
    made = call.backend.create_pipeline(
        pipeline_name=asked["PipelineName"],
        pipeline_display_name=asked.get("PipelineDisplayName", ""),
        pipeline_definition=text or "",
        pipeline_definition_s3_location={},
        pipeline_description=asked.get("PipelineDescription", ""),
        role_arn=asked["RoleArn"],
        tags=asked.get("Tags") or [],
        parallelism_configuration=asked.get("ParallelismConfiguration") or {},
    )
    return {"PipelineArn": made.arn}


def update(call: Call) -> dict[str, Any]:
    """Change a pipeline; running executions keep the definition they began with.

    Raises:
        ValidationError: the new definition is not sound.
    """
    pipeline = find_pipeline(call)
    asked = call.parameters
    text = _definition(call)
    if text is not None:
        check(text)
        pipeline.pipeline_definition = text
    for key, attribute in (
        ("PipelineDisplayName", "pipeline_display_name"),
        ("PipelineDescription", "pipeline_description"),
        ("RoleArn", "role_arn"),
        ("ParallelismConfiguration", "parallelism_configuration"),
    ):
        if asked.get(key) is not None:
            setattr(pipeline, attribute, asked[key])
    pipeline.last_modified_time = call.now()
    return {"PipelineArn": pipeline.arn}


def delete(call: Call) -> dict[str, Any]:
    """Delete a pipeline and its executions' records.

    Raises:
        ValidationError: an execution still runs.
    """
    pipeline = find_pipeline(call)
    for execution in pipeline.pipeline_executions.values():
        if execution.status in {"Executing", "Stopping"}:
            raise ValidationError(f"execution {execution.arn} is {execution.status}: stop it first")
    del call.backend.pipelines[pipeline.pipeline_name]
    return {"PipelineArn": pipeline.arn}


def check(text: str) -> None:
    """Check a definition.

    Raises:
        ValidationError: with every fault.
    """
    problems = validation.validate(text)
    if problems:
        raise ValidationError("; ".join(str(problem) for problem in problems))


def make_execution(call: Call, pipeline: Any) -> Execution:  # noqa: ANN401 - moto's, untyped
    """Return a new execution of a pipeline.

    Raises:
        ValidationError: a parameter is unknown, missing or wrong.
    """
    asked = call.parameters
    if asked.get("SelectiveExecutionConfig"):
        raise ValidationError("SelectiveExecutionConfig is not emulated")
    definition = json.loads(pipeline.pipeline_definition)
    given = asked.get("PipelineParameters") or []
    try:
        values = parameters.values(
            definition.get("Parameters") or [], {item["Name"]: item["Value"] for item in given}
        )
    except ValueError as error:
        raise ValidationError(str(error)) from error
    parallelism = asked.get("ParallelismConfiguration") or pipeline.parallelism_configuration or {}
    now = call.now()
    execution = Execution(
        arn=f"{pipeline.arn}/execution/{uuid.uuid4().hex[:12]}",
        pipeline=pipeline,
        region=call.region,
        definition=definition,
        definition_text=pipeline.pipeline_definition,
        parameters=values,
        given=[{"Name": name, "Value": str(value)} for name, value in values.items()],
        display_name=asked.get("PipelineExecutionDisplayName")
        or f"execution-{int(now.timestamp() * 1000)}",
        description=asked.get("PipelineExecutionDescription"),
        most_parallel=parallelism.get("MaxParallelExecutionSteps", DEFAULT_PARALLEL_STEPS),
        parallelism=parallelism or None,
        started=now,
    )
    execution.trial = _trial(call, execution)
    return execution


def _trial(call: Call, execution: Execution) -> dict[str, str] | None:
    """Return experiment and trial of an execution's jobs, by default pipeline and execution.

    Raises:
        ValidationError: a reference leads nowhere.
    """
    config = execution.definition.get("PipelineExperimentConfig")
    if config is None:
        return None
    named = {
        "ExperimentName": config.get("ExperimentName") or execution.pipeline.pipeline_name,
        "TrialName": config.get("TrialName") or execution.id,
    }
    nowhere = StepRun({"Name": "PipelineExperimentConfig"}, started=execution.started)
    try:
        found: dict[str, str] = resolve(Place(call.context, execution, nowhere), named)
    except (StepError, KeyError) as error:
        raise ValidationError(f"PipelineExperimentConfig: {error}") from error
    return found


def find_pipeline(call: Call) -> Any:  # noqa: ANN401 - moto's, untyped
    """Return the pipeline that the request names, by name or ARN.

    Raises:
        ResourceNotFound: there is none.
    """
    name = call.parameters["PipelineName"].rpartition("/")[2]
    pipeline = call.backend.pipelines.get(name)
    if pipeline is None:
        raise ResourceNotFound(f"Pipeline '{name}' does not exist.")
    return pipeline


def find_execution(call: Call) -> Execution:
    """Return the execution that the request names.

    Raises:
        ResourceNotFound: there is none.
    """
    arn = call.parameters["PipelineExecutionArn"]
    for pipeline in call.backend.pipelines.values():
        execution: Any = pipeline.pipeline_executions.get(arn)
        if execution is not None:
            found: Execution = execution
            return found
    raise ResourceNotFound(f"Pipeline execution '{arn}' does not exist.")


def describe_definition(call: Call) -> dict[str, Any]:
    """Return the definition that an execution began with."""
    execution = find_execution(call)
    return {"PipelineDefinition": execution.definition_text, "CreationTime": execution.started}


def list_executions(call: Call) -> dict[str, Any]:
    """List a pipeline's executions, the newest first unless asked otherwise."""
    asked = call.parameters
    executions = [
        execution
        for execution in find_pipeline(call).pipeline_executions.values()
        if between(execution.started, asked.get("CreatedAfter"), asked.get("CreatedBefore"))
    ]
    if (asked.get("SortOrder") or "Descending") == "Descending":
        executions.reverse()
    found, token = page(executions, asked, default=10)
    summaries = [
        {
            "PipelineExecutionArn": execution.arn,
            "StartTime": execution.started,
            "PipelineExecutionStatus": execution.status,
            "PipelineExecutionDisplayName": execution.display_name,
            **(
                {"PipelineExecutionDescription": execution.description}
                if execution.description
                else {}
            ),
            **(
                {"PipelineExecutionFailureReason": execution.failure_reason}
                if execution.failure_reason
                else {}
            ),
        }
        for execution in found
    ]
    more = {"NextToken": token} if token else {}
    return {"PipelineExecutionSummaries": summaries, **more}


def list_steps(call: Call) -> dict[str, Any]:
    """List the steps that have started, the newest first unless asked otherwise."""
    runs = list(find_execution(call).runs.values())
    if (call.parameters.get("SortOrder") or "Descending") == "Descending":
        runs.reverse()
    found, token = page(runs, call.parameters, default=10)
    more = {"NextToken": token} if token else {}
    return {"PipelineExecutionSteps": [run.summary() for run in found], **more}


def list_parameters(call: Call) -> dict[str, Any]:
    """List the parameters' values of an execution."""
    found, token = page(find_execution(call).given, call.parameters, default=100)
    return {"PipelineParameters": found, **({"NextToken": token} if token else {})}


def _definition(call: Call) -> str | None:
    asked = call.parameters
    text, location = asked.get("PipelineDefinition"), asked.get("PipelineDefinitionS3Location")
    if text and location:
        raise ValidationError(
            "PipelineDefinition and PipelineDefinitionS3Location exclude each other"
        )
    if location:
        loaded = load_pipeline_definition_from_s3(
            location, call.backend.account_id, partition=call.backend.partition
        )
        return loaded if isinstance(loaded, str) else json.dumps(loaded)
    return str(text) if text else None
