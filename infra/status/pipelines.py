"""Pipelines of a use case and their runs, step by step, as SageMaker tells them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from infra.status.facts import Pipeline, Run

RUNS = 3
"""Executions shown of each pipeline."""
TOLD = frozenset({"Executing", "Stopping", "Failed"})
"""Of these runs, the step at hand says more than the status."""


def names(sagemaker: Any, prefix: str) -> list[str]:
    """Return the pipelines whose names begin so."""
    pages = sagemaker.get_paginator("list_pipelines").paginate(PipelineNamePrefix=f"{prefix}-")
    return sorted(one["PipelineName"] for page in pages for one in page["PipelineSummaries"])


def pipelines(sagemaker: Any, prefix: str, *, count: int = RUNS) -> tuple[Pipeline, ...]:
    """Return the pipelines whose names begin so, with their newest runs."""
    return tuple(
        Pipeline(name=name, runs=runs(sagemaker, name, count=count)[0])
        for name in names(sagemaker, prefix)
    )


def runs(
    sagemaker: Any, pipeline: str, *, count: int, after: str = ""
) -> tuple[tuple[Run, ...], str]:
    """Return one page of a pipeline's runs, newest first, and the token of the next, if any."""
    more = {"NextToken": after} if after else {}
    listed = sagemaker.list_pipeline_executions(
        PipelineName=pipeline,
        SortBy="CreationTime",
        SortOrder="Descending",
        MaxResults=count,
        **more,
    )
    found = [one["PipelineExecutionArn"] for one in listed["PipelineExecutionSummaries"]]
    return tuple(_run(sagemaker, arn) for arn in found), listed.get("NextToken", "")


def definition(sagemaker: Any, pipeline: str) -> Any:
    """Return what a pipeline is to do now, parsed JSON."""
    told = sagemaker.describe_pipeline(PipelineName=pipeline)
    return json.loads(told.get("PipelineDefinition") or "{}")


def _run(sagemaker: Any, arn: str) -> Run:
    told = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
    status = told["PipelineExecutionStatus"]
    return Run(
        status=status,
        began=told["CreationTime"],
        seconds=(told["LastModifiedTime"] - told["CreationTime"]).total_seconds(),
        step=_step(sagemaker, arn, status) if status in TOLD else "",
        reason=told.get("FailureReason", ""),
        arn=arn,
    )


def _step(sagemaker: Any, arn: str, status: str) -> str:
    wanted = "Failed" if status == "Failed" else "Executing"
    return ", ".join(
        one["StepName"] for one in raw_steps(sagemaker, arn) if one["StepStatus"] == wanted
    )


def raw_steps(sagemaker: Any, arn: str) -> list[Mapping[str, Any]]:
    """Return the steps of an execution as SageMaker lists them."""
    pages = sagemaker.get_paginator("list_pipeline_execution_steps").paginate(
        PipelineExecutionArn=arn
    )
    return [one for page in pages for one in page["PipelineExecutionSteps"]]
