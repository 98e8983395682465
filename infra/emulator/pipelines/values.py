"""Gives references the values they have in an execution."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from infra.emulator.jobs.transfer import split
from infra.emulator.pipelines import references
from infra.emulator.pipelines.references import DanglingError
from infra.emulator.pipelines.steps import Place, StepError


def resolve(place: Place, value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return a value with its references replaced.

    Raises:
        StepError: a reference leads nowhere.
    """
    try:
        return references.resolve(
            value,
            lambda path: _get(place, path),
            lambda body: _read_json(place, body),
        )
    except DanglingError as error:
        raise StepError(f"ClientError: {error}") from error


def _get(place: Place, path: str) -> Any:  # noqa: ANN401 - any JSON
    execution = place.execution
    parts = references.parse(path)
    if parts[0] == "Parameters":
        return execution.parameters[str(parts[1])]
    if parts[0] == "Execution":
        return _variable(place, str(parts[1]))
    run = execution.runs[str(parts[1])]
    return plain(references.walk(run.described, parts[2:], path))


def _variable(place: Place, name: str) -> Any:  # noqa: ANN401 - any JSON
    execution = place.execution
    values: dict[str, Any] = {
        "StartDateTime": _iso(execution.started),
        "CurrentDateTime": _iso(place.context.clock.now()),
        "PipelineName": execution.pipeline.pipeline_name,
        "PipelineArn": execution.pipeline.arn,
        "PipelineExecutionId": execution.id,
        "PipelineExecutionArn": execution.arn,
    }
    return values[name]


def _read_json(place: Place, body: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    """Read a value out of a JSON file that a processing step wrote."""
    path = body["Path"]
    if "PropertyFile" in body:
        file = body["PropertyFile"]
        where = file["Get"] if isinstance(file, Mapping) else str(file)
        uri = _property_file(place, where)
    else:
        uri = resolve(place, body["S3Uri"])
    bucket, key = split(uri)
    try:
        text = place.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        document = json.loads(text)
    except ClientError as error:
        raise StepError(f"ClientError: {uri} cannot be read: {error}") from error
    except ValueError as error:
        raise StepError(f"ClientError: {uri} is not JSON: {error}") from error
    return references.walk(document, references.parse(path), f"{uri} {path}")


def _property_file(place: Place, where: str) -> str:
    parts = references.parse(where)
    run = place.execution.runs[str(parts[1])]
    files = {item["PropertyFileName"]: item for item in run.definition.get("PropertyFiles") or []}
    file = files[str(parts[3])]
    output = references.walk(
        run.described, ["ProcessingOutputConfig", "Outputs", file["OutputName"]], where
    )
    return f"{output['S3Output']['S3Uri'].rstrip('/')}/{file['FilePath'].lstrip('/')}"


def plain(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return a described value as JSON: times as text."""
    if isinstance(value, datetime):
        return _iso(value)
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
