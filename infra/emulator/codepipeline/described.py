"""Pipelines, executions and actions as CodePipeline's API tells them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from infra.emulator.codepipeline.execution import ActionRun, Execution

Json = dict[str, Any]
_STAGE_OF_EXECUTION = {"Superseded": "Cancelled"}
"""Executions may be superseded; a stage has no such status."""


def execution(one: Execution) -> Json:
    """Return it as ``GetPipelineExecution`` does."""
    return _present(
        pipelineName=one.name,
        pipelineVersion=one.pipeline["version"],
        pipelineExecutionId=one.id,
        status=one.status,
        statusSummary=one.summary,
        artifactRevisions=[
            {key: value for key, value in revised.items() if key != "actionName"}
            for revised in one.revised.values()
        ],
        trigger=dict(one.trigger),
        executionMode=one.pipeline.get("executionMode", "SUPERSEDED"),
        executionType="STANDARD",
    )


def summary(one: Execution) -> Json:
    """Return it as ``ListPipelineExecutions`` does."""
    return _present(
        pipelineExecutionId=one.id,
        status=one.status,
        statusSummary=one.summary,
        startTime=one.began,
        lastUpdateTime=one.changed or one.began,
        sourceRevisions=[
            {"actionName": revised["actionName"], "revisionId": revised["revisionId"]}
            for revised in one.revised.values()
        ],
        trigger=dict(one.trigger),
        stopTrigger=None if one.stopping is None else {"reason": one.stopping},
        executionMode=one.pipeline.get("executionMode", "SUPERSEDED"),
        executionType="STANDARD",
    )


def action(one: Execution, run: ActionRun) -> Json:
    """Return it as ``ListActionExecutions`` does."""
    declared = run.action
    return _present(
        pipelineExecutionId=one.id,
        actionExecutionId=run.id,
        pipelineVersion=one.pipeline["version"],
        stageName=run.stage,
        actionName=run.name,
        startTime=run.began,
        lastUpdateTime=run.changed or run.began,
        updatedBy=run.decided_by,
        status=run.status,
        input=_present(
            actionTypeId=declared["actionTypeId"],
            configuration=declared.get("configuration") or {},
            resolvedConfiguration=dict(run.configuration),
            roleArn=declared.get("roleArn"),
            inputArtifacts=_artifacts(run.inputs),
            namespace=declared.get("namespace"),
        ),
        output={
            "outputArtifacts": _artifacts(run.outputs) if run.status == "Succeeded" else [],
            "executionResult": _present(
                externalExecutionId=run.external_id,
                externalExecutionSummary=run.summary,
                errorDetails=_error(run),
            ),
            "outputVariables": run.variables,
        },
    )


def state(
    pipeline: Mapping[str, Any], metadata: Mapping[str, Any], executions: Sequence[Execution]
) -> Json:
    """Return it as ``GetPipelineState`` does."""
    return {
        "pipelineName": pipeline["name"],
        "pipelineVersion": pipeline["version"],
        "stageStates": [_stage(stage, executions) for stage in pipeline["stages"]],
        "created": _seconds(metadata["created"]),
        "updated": _seconds(metadata["updated"]),
    }


def passed(one: Execution, stage: str) -> bool:
    """Tell whether an execution has left a stage behind it."""
    names = [each["name"] for each in one.pipeline["stages"]]
    return stage in names and (one.status == "Succeeded" or names.index(stage) < one.stage)


def _stage(stage: Mapping[str, Any], executions: Sequence[Execution]) -> Json:
    name = stage["name"]
    reached = [one for one in executions if any(run.stage == name for run in one.runs)]
    latest = reached[-1] if reached else None
    inbound = [one for one in executions if one.waiting and one.stage_name == name]
    return _present(
        stageName=name,
        inboundExecutions=[
            {"pipelineExecutionId": one.id, "status": "InProgress"} for one in inbound
        ],
        inboundTransitionState={"enabled": True},
        actionStates=[_action_state(latest, name, one["name"]) for one in stage["actions"]],
        latestExecution=None
        if latest is None
        else {"pipelineExecutionId": latest.id, "status": _status(latest, name)},
    )


def _status(one: Execution, stage: str) -> str:
    if passed(one, stage):
        return "Succeeded"
    return _STAGE_OF_EXECUTION.get(one.status, one.status)


def _action_state(latest: Execution | None, stage: str, name: str) -> Json:
    run = None if latest is None else latest.latest(stage, name)
    if run is None:
        return {"actionName": name}
    told = _present(
        actionExecutionId=run.id,
        status=run.status,
        summary=run.summary,
        lastStatusChange=run.changed or run.began,
        token=run.token,
        lastUpdatedBy=run.decided_by,
        externalExecutionId=run.external_id,
        errorDetails=_error(run),
    )
    return {"actionName": name, "latestExecution": told}


def _error(run: ActionRun) -> Json | None:
    return None if run.error is None else {"code": "JobFailed", "message": run.error}


def _artifacts(held: Mapping[str, Any]) -> list[Json]:
    return [{"name": name, "s3location": at.described()} for name, at in held.items()]


def _seconds(told: str) -> float:
    return datetime.fromisoformat(told).timestamp()


def _present(**members: Any) -> Json:  # noqa: ANN401 - of any shape
    return {
        name: value.timestamp() if isinstance(value, datetime) else value
        for name, value in members.items()
        if value is not None
    }
