"""Small pipelines."""

from __future__ import annotations

import json
from typing import Any

from infra.emulator.server import Emulator
from tests.emulator.jobs.helpers import BUCKET, REGION, ROLE, processing, training, written

EMPTY_LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:f"


def definition(
    *steps: dict[str, Any],
    parameters: list[dict[str, Any]] | None = None,
    experiment: dict[str, Any] | None = None,
) -> str:
    named = {} if experiment is None else {"PipelineExperimentConfig": experiment}
    return json.dumps(
        {"Version": "2020-12-01", "Parameters": parameters or [], **named, "Steps": steps}
    )


def get(path: str) -> dict[str, str]:
    return {"Get": path}


def process(emulator: Emulator, name: str, script: str, **members: Any) -> dict[str, Any]:
    """Return a processing step; ``outputs`` are names of directories under /opt/ml/processing."""
    arguments = processing(emulator, name, script)
    del arguments["ProcessingJobName"]
    outputs = [
        written(output, f"s3://{BUCKET}/{name}/{output}", f"/opt/ml/processing/{output}")
        for output in members.pop("outputs", [])
    ]
    if outputs:
        arguments["ProcessingOutputConfig"] = {"Outputs": outputs}
    if environment := members.pop("environment", None):
        arguments["Environment"] = environment
    return {"Name": name, "Type": "Processing", "Arguments": arguments, **members}


def train(emulator: Emulator, name: str, script: str, **members: Any) -> dict[str, Any]:
    arguments = training(emulator, name, script, **members.pop("changes", {}))
    del arguments["TrainingJobName"]
    return {"Name": name, "Type": "Training", "Arguments": arguments, **members}


def run(
    emulator: Emulator, name: str, text: str, parameters: dict[str, str] | None = None
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Create or update a pipeline, run it to rest; returns the execution and its steps by name."""
    client = emulator.context.client("sagemaker", REGION)
    if name in {item["PipelineName"] for item in client.list_pipelines()["PipelineSummaries"]}:
        client.update_pipeline(PipelineName=name, PipelineDefinition=text)
    else:
        client.create_pipeline(
            PipelineName=name,
            PipelineDefinition=text,
            RoleArn=ROLE,
            ClientRequestToken=f"create-{name}".ljust(32, "0"),
        )
    given = [{"Name": key, "Value": value} for key, value in (parameters or {}).items()]
    arn = client.start_pipeline_execution(PipelineName=name, PipelineParameters=given)[
        "PipelineExecutionArn"
    ]
    emulator.settle(timeout=90)
    return client.describe_pipeline_execution(PipelineExecutionArn=arn), steps(emulator, arn)


def steps(emulator: Emulator, arn: str) -> dict[str, dict[str, Any]]:
    client = emulator.context.client("sagemaker", REGION)
    pages = client.get_paginator("list_pipeline_execution_steps").paginate(PipelineExecutionArn=arn)
    return {step["StepName"]: step for page in pages for step in page["PipelineExecutionSteps"]}
