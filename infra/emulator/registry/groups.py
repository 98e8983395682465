"""Operations on model package groups and their policies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from moto.sagemaker.exceptions import ConflictException, ValidationError
from moto.sagemaker.models import ModelPackageGroup

from infra.emulator.sagemaker_api import Call, Operation, present, state


class Policies(dict[str, str]):
    """Resource policies by group name."""


def create_model_package_group(call: Call) -> Mapping[str, Any]:
    """Create a group.

    Raises:
        ValidationError: there is one of that name.
    """
    asked = call.parameters
    name = asked["ModelPackageGroupName"]
    arn = call.arn("model-package-group", name)
    if name in call.backend.model_package_groups:
        raise ValidationError(f"Model Package Group already exists: {arn}")
    description: Any = asked.get("ModelPackageGroupDescription")
    call.backend.create_model_package_group(
        model_package_group_name=name,
        model_package_group_description=description,
        tags=list(asked.get("Tags") or []),
    )
    return {"ModelPackageGroupArn": arn}


def describe_model_package_group(call: Call) -> Mapping[str, Any]:
    """Return the group."""
    group = find_group(call, call.parameters["ModelPackageGroupName"])
    return present(
        [
            ("ModelPackageGroupName", group.model_package_group_name),
            ("ModelPackageGroupArn", group.arn),
            ("ModelPackageGroupDescription", group.model_package_group_description),
            ("CreationTime", group.creation_time),
            ("CreatedBy", {}),
            ("ModelPackageGroupStatus", group.model_package_group_status),
        ]
    )


def delete_model_package_group(call: Call) -> None:
    """Delete a group that is empty.

    Raises:
        ConflictException: it still holds packages.
    """
    group = find_group(call, call.parameters["ModelPackageGroupName"])
    name = group.model_package_group_name
    held = [
        arn
        for arn, package in call.backend.model_packages.items()
        if package.model_package_group_name == name
    ]
    if held:
        raise ConflictException(
            f"Model Package Group {group.arn} cannot be deleted: it still holds "
            f"{len(held)} model packages."
        )
    del call.backend.model_package_groups[name]
    state(call.backend, Policies).pop(name, None)


def put_model_package_group_policy(call: Call) -> Mapping[str, Any]:
    """Set the group's resource policy.

    Raises:
        ValidationError: it is no JSON object.
    """
    group = find_group(call, call.parameters["ModelPackageGroupName"])
    policy = call.parameters["ResourcePolicy"]
    try:
        readable = isinstance(json.loads(policy), dict)
    except json.JSONDecodeError:
        readable = False
    if not readable:
        raise ValidationError(f"ResourcePolicy must be a JSON policy document, got {policy[:80]!r}")
    state(call.backend, Policies)[group.model_package_group_name] = policy
    return {"ModelPackageGroupArn": group.arn}


def get_model_package_group_policy(call: Call) -> Mapping[str, Any]:
    """Return the group's resource policy.

    Raises:
        ValidationError: it has none.
    """
    group = find_group(call, call.parameters["ModelPackageGroupName"])
    policy = state(call.backend, Policies).get(group.model_package_group_name)
    if policy is None:
        raise ValidationError(f"Cannot find resource policy for: {group.arn}")
    return {"ResourcePolicy": policy}


def delete_model_package_group_policy(call: Call) -> None:
    """Remove the group's resource policy."""
    get_model_package_group_policy(call)
    del state(call.backend, Policies)[group_name(call.parameters["ModelPackageGroupName"])]


def group_name(name_or_arn: str) -> str:
    """Return the name of a group given by name or ARN."""
    return name_or_arn.rsplit("/", 1)[-1]


def find_group(call: Call, name_or_arn: str) -> ModelPackageGroup:
    """Return the group of a name or ARN.

    Raises:
        ValidationError: there is none.
    """
    name = group_name(name_or_arn)
    group = call.backend.model_package_groups.get(name)
    if group is None:
        arn = call.arn("model-package-group", name)
        raise ValidationError(f"ModelPackageGroup {arn} does not exist.")
    return group


OPERATIONS: dict[str, Operation] = {
    "CreateModelPackageGroup": create_model_package_group,
    "DescribeModelPackageGroup": describe_model_package_group,
    "DeleteModelPackageGroup": delete_model_package_group,
    "PutModelPackageGroupPolicy": put_model_package_group_policy,
    "GetModelPackageGroupPolicy": get_model_package_group_policy,
    "DeleteModelPackageGroupPolicy": delete_model_package_group_policy,
}
