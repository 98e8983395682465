"""Operations on domains; moto's accept what AWS refuses, and cannot update."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from moto.ec2.models import ec2_backends
from moto.sagemaker.exceptions import ResourceInUseException, ResourceNotFound, ValidationError
from moto.sagemaker.models import SageMakerModelBackend

from infra.emulator.roles import check_role
from infra.emulator.sagemaker_api import Call, Operation, page, present

DEFAULTS: Final = {"AppNetworkAccessType": "PublicInternetOnly", "TagPropagation": "DISABLED"}
KEPT: Final = (
    "AppNetworkAccessType",
    "AppSecurityGroupManagement",
    "AuthMode",
    "DefaultSpaceSettings",
    "DefaultUserSettings",
    "DomainName",
    "DomainSettings",
    "KmsKeyId",
    "SubnetIds",
    "TagPropagation",
    "VpcId",
)
"""What is described as it was asked for."""
MERGED: Final = ("DefaultUserSettings", "DefaultSpaceSettings")
UPDATABLE: Final = ("AppNetworkAccessType", "AppSecurityGroupManagement", "TagPropagation")


@dataclass(eq=False, slots=True)
class Domain:
    """A domain as the control plane tells it."""

    arn: str
    id: str
    url: str
    asked: dict[str, Any]
    created: datetime
    modified: datetime
    tags: list[dict[str, str]] = field(default_factory=list)
    profiles: set[str] = field(default_factory=set)
    """Names of its user profiles."""


def create(call: Call) -> Mapping[str, Any]:
    """Make a domain; it stands at once.

    Raises:
        ResourceInUseException: there is one of that name.
        ValidationError: a role, subnet or security group is missing that AWS would demand.
        NotImplementedError: it is asked for with IAM Identity Center.
    """
    asked, held = call.parameters, domains(call.backend)
    name = asked["DomainName"]
    if any(one.asked["DomainName"] == name for one in held.values()):
        raise ResourceInUseException(
            f"Resource Already Exists: Domain with name {name} already exists. "
            "Choose a different name."
        )
    if asked["AuthMode"] != "IAM":
        raise NotImplementedError(f"AuthMode must be IAM here, got {asked['AuthMode']}")
    kept = DEFAULTS | {key: asked[key] for key in KEPT if asked.get(key) is not None}
    _check(call, kept)
    identity = f"d-{uuid.uuid4().hex[:12]}"
    now = call.now()
    made = Domain(
        arn=call.arn("domain", identity),
        id=identity,
        url=f"https://{identity}.studio.{call.region}.sagemaker.aws",
        asked=kept,
        created=now,
        modified=now,
        tags=list(asked.get("Tags") or []),
    )
    held[identity] = made
    return {"DomainArn": made.arn, "DomainId": made.id, "Url": made.url}


def describe(call: Call) -> Mapping[str, Any]:
    """Return a domain."""
    found = find(call)
    return {
        **found.asked,
        "DomainArn": found.arn,
        "DomainId": found.id,
        "HomeEfsFileSystemId": f"fs-{found.id.removeprefix('d-')}",
        "Status": "InService",
        "Url": found.url,
        "CreationTime": found.created,
        "LastModifiedTime": found.modified,
    }


def update(call: Call) -> Mapping[str, Any]:
    """Change a domain; what is not given stays, member by member of its settings.

    Raises:
        ValidationError: a role or security group is missing that AWS would demand.
        NotImplementedError: it is to move to other subnets.
    """
    found, asked = find(call), call.parameters
    for key in ("SubnetIds", "VpcId"):
        if asked.get(key) is not None and asked[key] != found.asked[key]:
            raise NotImplementedError(f"{key} of a standing domain cannot change here")
    changed = {key: asked[key] for key in UPDATABLE if asked.get(key) is not None}
    for key in MERGED:
        if asked.get(key):
            changed[key] = {**found.asked.get(key, {}), **asked[key]}
    if settings := asked.get("DomainSettingsForUpdate"):
        changed["DomainSettings"] = {**found.asked.get("DomainSettings", {}), **settings}
    _check(call, found.asked | changed)
    found.asked |= changed
    found.modified = call.now()
    return {"DomainArn": found.arn}


def list_all(call: Call) -> Mapping[str, Any]:
    """Return the domains of the region."""
    rows, token = page(list(domains(call.backend).values()), call.parameters)
    listed = [
        {
            "DomainArn": one.arn,
            "DomainId": one.id,
            "DomainName": one.asked["DomainName"],
            "Status": "InService",
            "CreationTime": one.created,
            "LastModifiedTime": one.modified,
            "Url": one.url,
        }
        for one in rows
    ]
    return present([("Domains", listed), ("NextToken", token)])


def delete(call: Call) -> None:
    """Delete a domain; here homes go with it, for nobody has one.

    Raises:
        ResourceInUseException: it has user profiles.
    """
    found = find(call)
    if found.profiles:
        raise ResourceInUseException(
            f"Unable to delete Domain [{found.id}] because UserProfile(s) are associated with it: "
            f"{sorted(found.profiles)}"
        )
    del domains(call.backend)[found.id]


def domains(backend: SageMakerModelBackend) -> dict[str, Domain]:
    """Return the domains of a region by id, where moto keeps its own."""
    held: Any = backend.domains
    found: dict[str, Domain] = held
    return found


def find(call: Call) -> Domain:
    """Return the domain that a request names.

    Raises:
        ResourceNotFound: there is none.
    """
    identity = call.parameters["DomainId"]
    found = domains(call.backend).get(identity)
    if found is None:
        raise ResourceNotFound(f"Domain [{identity}] does not exist.")
    return found


def _check(call: Call, asked: Mapping[str, Any]) -> None:
    settings = asked["DefaultUserSettings"]
    check_role(call, settings.get("ExecutionRole"))
    if asked["AppNetworkAccessType"] == "VpcOnly" and not settings.get("SecurityGroups"):
        raise ValidationError(
            "SecurityGroups must be given in DefaultUserSettings with AppNetworkAccessType VpcOnly"
        )
    if not asked.get("SubnetIds") or not asked.get("VpcId"):
        raise ValidationError("SubnetIds and VpcId must be given")
    ec2 = ec2_backends[call.backend.account_id][call.region]
    known = {subnet.id for subnet in ec2.describe_subnets() if subnet.vpc_id == asked["VpcId"]}
    if strange := sorted(set(asked["SubnetIds"]) - known):
        raise ValidationError(f"SubnetIds must be of {asked['VpcId']}, got {strange}")


OPERATIONS: dict[str, Operation] = {
    "CreateDomain": create,
    "DescribeDomain": describe,
    "UpdateDomain": update,
    "ListDomains": list_all,
    "DeleteDomain": delete,
}
