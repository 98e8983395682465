"""What SageMaker notes of a job by itself: parameters, artifacts and metrics of its component.

The names are those that SageMaker gives (``SageMaker.InstanceType``, ``SageMaker.ModelArtifact``);
beside them stand hyperparameters, channels and outputs under their own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

Described = Mapping[str, Any]
"""The ``Describe`` response of a job."""
Values = Mapping[str, Sequence[tuple[datetime, float]]]
"""By metric, what a job logged, oldest first."""


def parameters(job: Described) -> dict[str, dict[str, str | float]]:
    """Return hyperparameters and compute; what reads as a number is one."""
    told = dict(job.get("HyperParameters") or {})
    told |= {f"SageMaker.{name}": value for name, value in _compute(job) if value is not None}
    return {name: _value(value) for name, value in told.items()}


def inputs(job: Described) -> dict[str, dict[str, str]]:
    """Return what a job read, by channel or input."""
    return {name: _artifact(value, media) for name, value, media in _inputs(job)}


def outputs(job: Described) -> dict[str, dict[str, str]]:
    """Return what a job wrote, by output."""
    found = {
        "SageMaker.ModelArtifact": (job.get("ModelArtifacts") or {}).get("S3ModelArtifacts"),
        "SageMaker.TransformOutput": (job.get("TransformOutput") or {}).get("S3OutputPath"),
    }
    for entry in (job.get("ProcessingOutputConfig") or {}).get("Outputs") or []:
        found[entry["OutputName"]] = (entry.get("S3Output") or {}).get("S3Uri")
    return {name: _artifact(value) for name, value in found.items() if value}


def metrics(values: Values) -> dict[str, dict[str, Any]]:
    """Return logged metrics as moto keeps those that are put by hand: values by step."""
    return {
        name: {
            "MetricName": name,
            "Timestamp": int(found[-1][0].timestamp()),
            "Values": {step: {"Value": value} for step, (_, value) in enumerate(found)},
        }
        for name, found in values.items()
        if found
    }


def _compute(job: Described) -> Iterator[tuple[str, object]]:
    cluster = (
        job.get("ResourceConfig")
        or (job.get("ProcessingResources") or {}).get("ClusterConfig")
        or job.get("TransformResources")
        or {}
    )
    yield "InstanceType", cluster.get("InstanceType")
    yield "InstanceCount", cluster.get("InstanceCount")
    yield "VolumeSizeInGB", cluster.get("VolumeSizeInGB")
    yield "ImageUri", (job.get("AlgorithmSpecification") or {}).get("TrainingImage")
    yield "ModelName", job.get("ModelName")


def _inputs(job: Described) -> Iterator[tuple[str, str, str | None]]:
    # SageMaker counts the image of a training among its parameters, that of a processing job here.
    if image := (job.get("AppSpecification") or {}).get("ImageUri"):
        yield "SageMaker.ImageUri", image, None
    for channel in job.get("InputDataConfig") or []:
        if uri := ((channel.get("DataSource") or {}).get("S3DataSource") or {}).get("S3Uri"):
            yield channel["ChannelName"], uri, channel.get("ContentType")
    for entry in job.get("ProcessingInputs") or []:
        if uri := (entry.get("S3Input") or {}).get("S3Uri"):
            yield entry["InputName"], uri, None
    transform = job.get("TransformInput") or {}
    if uri := ((transform.get("DataSource") or {}).get("S3DataSource") or {}).get("S3Uri"):
        yield "SageMaker.TransformInput", uri, transform.get("ContentType")


def _value(value: object) -> dict[str, str | float]:
    try:
        number = float(str(value))
    except ValueError:
        return {"StringValue": str(value)}
    return {"NumberValue": number} if math.isfinite(number) else {"StringValue": str(value)}


def _artifact(value: str, media_type: str | None = None) -> dict[str, str]:
    return {"Value": value, **({"MediaType": media_type} if media_type else {})}
