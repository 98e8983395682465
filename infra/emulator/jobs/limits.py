"""What AWS runs and this emulator does not; each is refused in words, when the job is created."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.sagemaker.exceptions import ValidationError

from infra.emulator.containers.images import family_of
from infra.emulator.containers.model import UnknownImageError


def check_processing(request: Mapping[str, Any]) -> None:
    """Refuse a processing job that cannot run here.

    Raises:
        ValidationError: it cannot; the text names the member.
    """
    _one_host(request["ProcessingResources"]["ClusterConfig"])
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
    _one_host(request["ResourceConfig"])
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


def _one_host(resources: Mapping[str, Any]) -> None:
    if resources.get("InstanceGroups"):
        raise ValidationError("InstanceGroups are not emulated")
    if (count := resources.get("InstanceCount", 1)) != 1:
        raise ValidationError(f"InstanceCount > 1 is not emulated, got {count}")


def _mode(where: str, mode: str | None) -> None:
    if mode not in {None, "File", "FastFile"}:
        raise ValidationError(f"{where}: input mode {mode} is not emulated, only File and FastFile")


def _local(where: str, path: str | None) -> None:
    if path is None or not (path + "/").startswith("/opt/ml/"):
        raise ValidationError(f"{where}: LocalPath must lie under /opt/ml, got {path}")
