"""What AWS runs and this emulator does not; each is refused in words, when the job is created."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.sagemaker.exceptions import ValidationError

from infra.emulator.containers.images import family_of
from infra.emulator.containers.model import UnknownImageError
from infra.emulator.jobs.hosts import MOST
from stacks._instances import has_local_storage

KEPT_SECONDS = 3600
"""SageMaker's quota for the time that instances are kept."""


def check_processing(request: Mapping[str, Any]) -> None:
    """Refuse a processing job that cannot run here.

    Raises:
        ValidationError: it cannot; the text names the member.
    """
    cluster = request["ProcessingResources"]["ClusterConfig"]
    _hosts(cluster)
    _disk("ClusterConfig", cluster)
    specification = request["AppSpecification"]
    _image(specification["ImageUri"])
    if not specification.get("ContainerEntrypoint"):
        raise ValidationError(
            "AppSpecification.ContainerEntrypoint must be given: the entry point of "
            f"{specification['ImageUri']} itself is not emulated"
        )
    for item in request.get("ProcessingInputs") or []:
        name = item["InputName"]
        if "S3Input" not in item:
            raise ValidationError(f"ProcessingInputs {name}: only S3Input is emulated")
        source = item["S3Input"]
        if source.get("S3InputMode", "File") != "File":
            raise ValidationError(f"ProcessingInputs {name}: S3InputMode Pipe is not emulated")
        _local(f"ProcessingInputs {name}", source.get("LocalPath"))
    for item in (request.get("ProcessingOutputConfig") or {}).get("Outputs", []):
        name = item["OutputName"]
        if "S3Output" not in item:
            raise ValidationError(f"Outputs {name}: only S3Output is emulated")
        if item["S3Output"].get("S3UploadMode", "EndOfJob") != "EndOfJob":
            raise ValidationError(f"Outputs {name}: S3UploadMode Continuous is not emulated")
        _local(f"Outputs {name}", item["S3Output"].get("LocalPath"))


def check_training(request: Mapping[str, Any]) -> None:
    """Refuse a training job that cannot run here.

    Raises:
        ValidationError: it cannot; the text names the member.
    """
    resources = request["ResourceConfig"]
    _hosts(resources)
    _disk("ResourceConfig", resources)
    _spot(request)
    specification = request["AlgorithmSpecification"]
    if "TrainingImage" not in specification:
        raise ValidationError("AlgorithmSpecification.AlgorithmName is not emulated: give an image")
    _image(specification["TrainingImage"])
    _mode("AlgorithmSpecification", specification.get("TrainingInputMode"))
    if not specification.get("ContainerEntrypoint") and not _program(request):
        raise ValidationError(
            "the algorithm built into an image is not emulated: give sagemaker_program and "
            "sagemaker_submit_directory (script mode) or AlgorithmSpecification.ContainerEntrypoint"
        )
    for channel in request.get("InputDataConfig") or []:
        name = f"InputDataConfig {channel['ChannelName']}"
        _mode(name, channel.get("InputMode"))
        source = channel["DataSource"].get("S3DataSource")
        if source is None:
            raise ValidationError(f"{name}: only S3DataSource is emulated")
        if source["S3DataType"] not in {"S3Prefix", "ManifestFile"}:
            raise ValidationError(f"{name}: S3DataType {source['S3DataType']} is not emulated")
        if channel.get("RecordWrapperType", "None") != "None":
            raise ValidationError(f"{name}: RecordWrapperType is not emulated")


def _program(request: Mapping[str, Any]) -> bool:
    return "sagemaker_program" in (request.get("HyperParameters") or {}) or (
        "SAGEMAKER_PROGRAM" in (request.get("Environment") or {})
    )


def _image(image: str) -> None:
    try:
        family_of(image)
    except UnknownImageError as error:
        raise ValidationError(str(error)) from error


def _hosts(resources: Mapping[str, Any]) -> None:
    if resources.get("InstanceGroups"):
        raise ValidationError("InstanceGroups are not emulated")
    if not 1 <= (count := resources.get("InstanceCount", 1)) <= MOST:
        raise ValidationError(f"InstanceCount must be 1-{MOST} to be emulated, got {count}")


def _disk(where: str, resources: Mapping[str, Any]) -> None:
    """Refuse what SageMaker refuses: a key for disks that their own hardware encrypts."""
    kind = resources.get("InstanceType", "")
    if resources.get("VolumeKmsKeyId") and has_local_storage(kind):
        raise ValidationError(
            f"{where}.VolumeKmsKeyId must be left out for {kind}, which has local storage"
        )


def _spot(request: Mapping[str, Any]) -> None:
    """Refuse what SageMaker refuses of spot capacity, waiting times and kept instances."""
    stopping = request["StoppingCondition"]
    longest, waits = stopping.get("MaxRuntimeInSeconds"), stopping.get("MaxWaitTimeInSeconds")
    spot = bool(request.get("EnableManagedSpotTraining"))
    keep = request["ResourceConfig"].get("KeepAlivePeriodInSeconds") or 0
    if spot and waits is None:
        raise ValidationError("MaxWaitTimeInSeconds must be given with EnableManagedSpotTraining")
    if not spot and waits is not None:
        raise ValidationError("MaxWaitTimeInSeconds takes EnableManagedSpotTraining")
    if waits is not None and longest is not None and waits < longest:
        raise ValidationError(
            f"MaxWaitTimeInSeconds must be at least MaxRuntimeInSeconds {longest}, got {waits}"
        )
    if spot and keep:
        raise ValidationError("KeepAlivePeriodInSeconds takes no EnableManagedSpotTraining")
    if keep > KEPT_SECONDS:
        raise ValidationError(
            f"KeepAlivePeriodInSeconds must be at most {KEPT_SECONDS}, got {keep}"
        )


def _mode(where: str, mode: str | None) -> None:
    if mode not in {None, "File", "FastFile"}:
        raise ValidationError(f"{where}: input mode {mode} is not emulated, only File and FastFile")


def _local(where: str, path: str | None) -> None:
    if path is None or not (path + "/").startswith("/opt/ml/"):
        raise ValidationError(f"{where}: LocalPath must lie under /opt/ml, got {path}")
