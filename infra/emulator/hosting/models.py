"""CreateModel and what it refuses; the container that a model stands for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from moto.sagemaker.exceptions import ValidationError

from infra.emulator.containers.images import family_of
from infra.emulator.containers.model import UnknownImageError
from infra.emulator.hosting.model_data import location, split
from infra.emulator.roles import check_role
from infra.emulator.sagemaker_api import Call, Operation


def create_model(call: Call) -> Mapping[str, Any]:
    """Create a model once its role, image and data are known to be there.

    Raises:
        ValidationError: they are not, the name is taken, or something is asked for that is not
            emulated (several containers, multi-model).
    """
    asked = call.parameters
    name = asked["ModelName"]
    if name in call.backend._models:
        raise ValidationError(f"Cannot create already existing model '{call.arn('model', name)}'.")
    check_role(call, asked.get("ExecutionRoleArn"))
    given = [c for c in (asked.get("PrimaryContainer"), *(asked.get("Containers") or [])) if c]
    if len(given) != 1:
        raise ValidationError(
            f"a model must have 1 container, got {len(given)}: others not emulated"
        )
    if given[0].get("Mode") == "MultiModel":
        raise ValidationError("Mode MultiModel is not emulated")
    _check_container(call, resolve(call.backend, given[0]), asked.get("ExecutionRoleArn"))
    model: Any = call.backend.create_model(
        model_name=name,
        execution_role_arn=asked.get("ExecutionRoleArn") or "",
        primary_container=asked.get("PrimaryContainer"),
        vpc_config=asked.get("VpcConfig"),
        containers=asked.get("Containers"),
        tags=asked.get("Tags"),
    )
    model.enable_network_isolation = bool(asked.get("EnableNetworkIsolation"))
    _tell(call, name, model.arn)
    return {"ModelArn": model.arn}


def describe_model(call: Call) -> Mapping[str, Any]:
    """Return the model, without members that it was not given."""
    found = call.backend.describe_model(call.parameters["ModelName"]).response_object
    return {name: value for name, value in found.items() if value not in ({}, [])}


def delete_model(call: Call) -> None:
    """Delete a model; endpoints that serve it go on.

    Raises:
        ValidationError: there is none of that name.
    """
    name = call.parameters["ModelName"]
    model = call.backend.describe_model(name)
    call.backend.delete_model(name)
    _tell(call, name, model.arn)


def container_of(backend: Any, model_name: str) -> dict[str, Any]:  # noqa: ANN401 - moto's backend
    """Return the one container of a model, its package's values filled in."""
    model = backend.describe_model(model_name)
    return resolve(backend, model.primary_container or model.containers[0])


def resolve(backend: Any, container: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - moto's
    """Return image, data and environment of a container that may name a model package.

    Raises:
        ValidationError: there is no such package, or it is not approved.
    """
    arn = container.get("ModelPackageName")
    if not arn:
        return dict(container)
    package = backend.describe_model_package(arn)
    found = package.response_object
    if found.get("ModelApprovalStatus", "Approved") != "Approved":
        raise ValidationError(
            f"model package {arn} must be Approved, is {found['ModelApprovalStatus']}"
        )
    packaged = found["InferenceSpecification"]["Containers"][0]
    environment = {**(packaged.get("Environment") or {}), **(container.get("Environment") or {})}
    return {**packaged, **container, "Environment": environment}


def _check_container(call: Call, container: Mapping[str, Any], role_arn: str | None) -> None:
    if not container.get("Image"):
        raise ValidationError("a container must have an Image or a ModelPackageName")
    try:
        family_of(container["Image"])
    except UnknownImageError as error:
        raise ValidationError(str(error)) from error
    place = location(container)
    if place is None:
        return
    uri, archive = place
    bucket, key = split(uri)
    try:
        s3 = call.context.client("s3", call.region, role_arn=role_arn)
        if archive:
            s3.head_object(Bucket=bucket, Key=key)
        elif not s3.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1).get("Contents"):
            raise ValidationError(f"Could not find model data at {uri}.")
    except ClientError as error:
        if error.response["Error"]["Code"] in {"404", "NoSuchKey", "NoSuchBucket"}:
            raise ValidationError(f"Could not find model data at {uri}.") from error
        raise ValidationError(
            f"Could not access model data at {uri}. Please ensure that the role {role_arn} exists "
            f"and may read it: {error}"
        ) from error
    except BotoCoreError as error:
        raise ValidationError(f"Could not access model data at {uri}: {error}") from error


def _tell(call: Call, name: str, arn: str) -> None:
    call.context.events(
        source="aws.sagemaker",
        detail_type="SageMaker Model State Change",
        detail={"ModelName": name, "ModelArn": arn},
        resources=[arn],
        region=call.region,
    )


OPERATIONS: dict[str, Operation] = {
    "CreateModel": create_model,
    "DescribeModel": describe_model,
    "DeleteModel": delete_model,
}
