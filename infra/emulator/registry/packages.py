"""Operations on model packages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from moto.sagemaker.exceptions import ValidationError

from infra.emulator.registry.groups import find_group, group_name
from infra.emulator.registry.metadata import check_metadata
from infra.emulator.registry.package import ModelPackage
from infra.emulator.sagemaker_api import Call, Operation, between, iso, page, state

APPROVALS: Final = ("PendingManualApproval", "Approved", "Rejected")
_UNTOLD = frozenset({"CreatedBy", "LastModifiedBy", "ModelCard", "SecurityConfig"})
"""What the package's events leave out."""
_UPDATABLE = ("ApprovalDescription", "SourceUri", "ModelCard", "ModelLifeCycle")


class Versions(dict[str, int]):
    """The highest version ever given in each group: a deleted one is not given again."""


def create_model_package(call: Call) -> Mapping[str, Any]:
    """Register a package, as the next version where it names a group.

    Raises:
        ValidationError: both or neither of name and group, no such group, an unknown status, or
            metadata that it cannot hold.
    """
    asked = dict(call.parameters)
    group, name = asked.get("ModelPackageGroupName"), asked.get("ModelPackageName")
    if bool(group) == bool(name):
        raise ValidationError(
            "exactly one of ModelPackageName and ModelPackageGroupName must be given"
        )
    _check_approval(asked.get("ModelApprovalStatus"))
    check_metadata(asked.get("CustomerMetadataProperties") or {})
    version = None
    if group:
        find_group(call, group)
        asked["ModelPackageGroupName"] = name = group_name(group)
        if known := _same_token(call, asked):
            return {"ModelPackageArn": known.arn}
        versions = state(call.backend, Versions)
        version = versions[name] = versions.get(name, 0) + 1
    arn = call.arn("model-package", f"{name}/{version}" if version else str(name))
    if arn in call.backend.model_packages:
        raise ValidationError(f"Model package already exists: {arn}")
    package = ModelPackage(asked, arn=arn, version=version, created=call.now(), by=call.user())
    _packages(call)[arn] = package
    if version is None:
        call.backend.model_package_name_mapping[package.model_package_name] = arn
    tell(call, package)
    return {"ModelPackageArn": arn}


def describe_model_package(call: Call) -> Mapping[str, Any]:
    """Return the package."""
    return find_package(call, call.parameters["ModelPackageName"]).response_object


def list_model_packages(call: Call) -> Mapping[str, Any]:
    """Return the packages of a group, or those of their own, that pass the filters."""
    asked = call.parameters
    group = asked.get("ModelPackageGroupName")
    kind = asked.get("ModelPackageType") or "Unversioned"
    if group:
        find_group(call, group)
        group, kind = group_name(group), "Versioned"
    found = [
        package
        for package in _packages(call).values()
        if group in {None, package.model_package_group_name}
        and (kind == "Both" or (kind == "Versioned") == (package.model_package_version is not None))
        and asked.get("ModelApprovalStatus") in {None, package.model_approval_status}
        and (asked.get("NameContains") or "") in package.model_package_name
        and between(
            package.creation_time, asked.get("CreationTimeAfter"), asked.get("CreationTimeBefore")
        )
    ]
    by_name = asked.get("SortBy") == "Name"
    found.sort(
        key=lambda p: (
            p.model_package_name if by_name else "",
            p.creation_time,
            p.model_package_version or 0,
        ),
        reverse=asked.get("SortOrder") == "Descending",
    )
    rows, token = page(found, asked)
    return {"ModelPackageSummaryList": [row.summary() for row in rows], "NextToken": token}


def update_model_package(call: Call) -> Mapping[str, Any]:
    """Change a package; members that are not given stay as they are.

    Raises:
        ValidationError: no such package, an unknown status, or metadata that it cannot hold.
    """
    asked = call.parameters
    package = find_package(call, asked["ModelPackageArn"])
    _check_approval(asked.get("ModelApprovalStatus"))
    metadata = package.fields.get("CustomerMetadataProperties", {})
    metadata = {**metadata, **(asked.get("CustomerMetadataProperties") or {})}
    for name in asked.get("CustomerMetadataPropertiesToRemove") or []:
        metadata.pop(name, None)
    check_metadata(metadata)
    if asked.get("ModelApprovalStatus"):
        package.model_approval_status = asked["ModelApprovalStatus"]
    for name in (*_UPDATABLE, "InferenceSpecification"):
        if asked.get(name) is not None:
            package.fields[name] = asked[name]
    if metadata:
        package.fields["CustomerMetadataProperties"] = metadata
    else:
        package.fields.pop("CustomerMetadataProperties", None)
    if added := asked.get("AdditionalInferenceSpecificationsToAdd"):
        specifications = package.fields.setdefault("AdditionalInferenceSpecifications", [])
        specifications.extend(added)
    package.last_modified_time, package.last_modified_by = call.now(), call.user()
    tell(call, package)
    return {"ModelPackageArn": package.arn}


def delete_model_package(call: Call) -> None:
    """Delete a package; its version number is not given again."""
    package = find_package(call, call.parameters["ModelPackageName"])
    del _packages(call)[package.arn]
    call.backend.model_package_name_mapping.pop(package.model_package_name, None)


def find_package(call: Call, name: str) -> ModelPackage:
    """Return the package of a name or ARN.

    Raises:
        ValidationError: there is none.
    """
    arn = name if name.startswith("arn:") else call.arn("model-package", name)
    package = _packages(call).get(arn)
    if package is None:
        raise ValidationError(f"ModelPackage {arn} does not exist.")
    return package


def tell(call: Call, package: ModelPackage) -> None:
    """Put the package's state on the event bus, in AWS's shape."""
    found = package.response_object
    detail = {name: value for name, value in found.items() if name not in _UNTOLD}
    detail["CreationTime"] = iso(package.creation_time)
    if package.last_modified_time is not None:
        detail["LastModifiedTime"] = iso(package.last_modified_time)
    detail["Tags"] = {tag["Key"]: tag["Value"] for tag in package.tags}
    call.context.events(
        source="aws.sagemaker",
        detail_type="SageMaker Model Package State Change",
        detail=detail,
        resources=[package.arn],
        region=call.region,
    )


def _same_token(call: Call, asked: Mapping[str, Any]) -> ModelPackage | None:
    token, group = asked.get("ClientToken"), asked["ModelPackageGroupName"]
    for package in _packages(call).values():
        if token and (package.client_token, package.model_package_group_name) == (token, group):
            return package
    return None


def _check_approval(status: str | None) -> None:
    if status is not None and status not in APPROVALS:
        raise ValidationError(
            f"1 validation error detected: Value '{status}' at 'modelApprovalStatus' failed to "
            f"satisfy constraint: Member must satisfy enum value set: [{', '.join(APPROVALS)}]"
        )


def _packages(call: Call) -> dict[str, ModelPackage]:
    packages: Any = call.backend.model_packages
    found: dict[str, ModelPackage] = packages
    return found


OPERATIONS: dict[str, Operation] = {
    "CreateModelPackage": create_model_package,
    "DescribeModelPackage": describe_model_package,
    "ListModelPackages": list_model_packages,
    "UpdateModelPackage": update_model_package,
    "DeleteModelPackage": delete_model_package,
}
