"""Tells EventBridge how executions and steps go, in AWS's own shapes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from infra.emulator.context import Context
from infra.emulator.pipelines.execution import Execution, StepRun


def execution(context: Context, changed: Execution, before: str | None) -> None:
    """Tell that an execution's status changed."""
    detail = {
        "pipelineArn": changed.pipeline.arn,
        "pipelineExecutionArn": changed.arn,
        "pipelineExecutionDisplayName": changed.display_name,
        "previousPipelineExecutionStatus": before,
        "currentPipelineExecutionStatus": changed.status,
        "executionStartTime": _iso(changed.started),
        "executionEndTime": _iso(changed.ended),
        "pipelineExecutionDescription": changed.description,
    }
    _put(context, changed, "SageMaker Model Building Pipeline Execution Status Change", detail)


def step(context: Context, owner: Execution, run: StepRun, before: str | None) -> None:
    """Tell that a step's status changed."""
    detail = {
        "metadata": {key[0].lower() + key[1:]: value for key, value in run.metadata.items()},
        "stepStartTime": _iso(run.started),
        "stepEndTime": _iso(run.ended),
        "stepName": run.name,
        "stepType": run.type,
        "previousStepStatus": before,
        "currentStepStatus": run.status,
        "pipelineArn": owner.pipeline.arn,
        "pipelineExecutionArn": owner.arn,
        "failureReason": run.failure_reason,
        "cacheHitResult": {"sourcePipelineExecutionArn": run.cache_source}
        if run.cache_source
        else None,
    }
    _put(context, owner, "SageMaker Model Building Pipeline Execution Step Status Change", detail)


def _put(context: Context, owner: Execution, detail_type: str, detail: dict[str, Any]) -> None:
    if hasattr(context, "events"):
        context.events(
            source="aws.sagemaker",
            detail_type=detail_type,
            detail={key: value for key, value in detail.items() if value is not None},
            resources=[owner.pipeline.arn, owner.arn],
            region=owner.region,
        )


def _iso(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
