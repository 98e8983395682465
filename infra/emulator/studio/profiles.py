"""Operations on user profiles, which moto has none of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.sagemaker.exceptions import ResourceInUseException, ResourceNotFound, ValidationError
from moto.sagemaker.models import SageMakerModelBackend

from infra.emulator.roles import check_role
from infra.emulator.sagemaker_api import Call, Operation, page, present
from infra.emulator.studio.domains import find as find_domain

FIRST_UID = 200_001
"""SageMaker numbers the homes on EFS from some 200000 on."""


@dataclass(eq=False, slots=True)
class UserProfile:
    """A user profile as the control plane tells it."""

    arn: str
    domain_id: str
    name: str
    uid: str
    settings: dict[str, Any] | None
    created: datetime
    modified: datetime
    tags: list[dict[str, str]] = field(default_factory=list)


def profiles(backend: SageMakerModelBackend) -> dict[str, UserProfile]:
    """Return the user profiles of a region by ARN, where moto's tags find them too."""
    held: dict[str, UserProfile] = backend.__dict__.setdefault("studio_user_profiles", {})
    return held


def create(call: Call) -> Mapping[str, Any]:
    """Make a user profile; it stands at once.

    Raises:
        ResourceNotFound: there is no such domain.
        ResourceInUseException: the domain has one of that name.
        ValidationError: IAM does not know its role, or it names a user of IAM Identity Center.
    """
    asked, held = call.parameters, profiles(call.backend)
    domain, name = find_domain(call), asked["UserProfileName"]
    if asked.get("SingleSignOnUserIdentifier") or asked.get("SingleSignOnUserValue"):
        raise ValidationError("SingleSignOnUserIdentifier must be left out with AuthMode IAM")
    arn = call.arn("user-profile", f"{domain.id}/{name}")
    if arn in held:
        raise ResourceInUseException(
            f"UserProfile with name {name} already exists in Domain [{domain.id}]."
        )
    _check(call)
    now = call.now()
    held[arn] = UserProfile(
        arn=arn,
        domain_id=domain.id,
        name=name,
        uid=str(FIRST_UID + len(held)),
        settings=asked.get("UserSettings"),
        created=now,
        modified=now,
        tags=list(asked.get("Tags") or []),
    )
    domain.profiles.add(name)
    return {"UserProfileArn": arn}


def describe(call: Call) -> Mapping[str, Any]:
    """Return a user profile, without what it takes from its domain."""
    found = find(call)
    return present(
        [
            ("DomainId", found.domain_id),
            ("UserProfileArn", found.arn),
            ("UserProfileName", found.name),
            ("HomeEfsFileSystemUid", found.uid),
            ("Status", "InService"),
            ("CreationTime", found.created),
            ("LastModifiedTime", found.modified),
            ("UserSettings", found.settings),
        ]
    )


def update(call: Call) -> Mapping[str, Any]:
    """Change a user profile; members of its settings that are not given stay.

    Raises:
        ValidationError: IAM does not know its role.
    """
    found = find(call)
    _check(call)
    if settings := call.parameters.get("UserSettings"):
        found.settings = {**(found.settings or {}), **settings}
    found.modified = call.now()
    return {"UserProfileArn": found.arn}


def list_all(call: Call) -> Mapping[str, Any]:
    """Return the user profiles that pass the filters."""
    asked = call.parameters
    found = [
        one
        for one in profiles(call.backend).values()
        if asked.get("DomainIdEquals") in {None, one.domain_id}
        and (asked.get("UserProfileNameContains") or "") in one.name
    ]
    by_change = asked.get("SortBy") == "LastModifiedTime"
    found.sort(
        key=lambda one: one.modified if by_change else one.created,
        reverse=asked.get("SortOrder") == "Descending",
    )
    rows, token = page(found, asked)
    listed = [
        {
            "DomainId": one.domain_id,
            "UserProfileName": one.name,
            "Status": "InService",
            "CreationTime": one.created,
            "LastModifiedTime": one.modified,
        }
        for one in rows
    ]
    return present([("UserProfiles", listed), ("NextToken", token)])


def delete(call: Call) -> None:
    """Delete a user profile."""
    found = find(call)
    find_domain(call).profiles.discard(found.name)
    del profiles(call.backend)[found.arn]


def find(call: Call) -> UserProfile:
    """Return the user profile that a request names.

    Raises:
        ResourceNotFound: there is no such domain, or it has no such profile.
    """
    domain, name = find_domain(call), call.parameters["UserProfileName"]
    found = profiles(call.backend).get(call.arn("user-profile", f"{domain.id}/{name}"))
    if found is None:
        raise ResourceNotFound(f"User Profile [{name}] does not exist in Domain [{domain.id}].")
    return found


def _check(call: Call) -> None:
    role_arn = (call.parameters.get("UserSettings") or {}).get("ExecutionRole")
    if role_arn is not None:
        check_role(call, role_arn)


OPERATIONS: dict[str, Operation] = {
    "CreateUserProfile": create,
    "DescribeUserProfile": describe,
    "UpdateUserProfile": update,
    "ListUserProfiles": list_all,
    "DeleteUserProfile": delete,
}
