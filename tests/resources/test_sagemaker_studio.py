"""Studio's domains and user profiles."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.emulator.server import Emulator
from infra.resources.clients import EndpointClients
from infra.resources.handler import InputError
from infra.resources.sagemaker_studio import TYPES
from tests.resources.types import Standing, assert_lives, of, stand

DOMAIN = of(TYPES, "aws:sagemaker/domain:Domain")
PROFILE = of(TYPES, "aws:sagemaker/userProfile:UserProfile")
PARTS = ("credentials", "studio", "tags")


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with Emulator(workspace=tmp_path_factory.mktemp("workspace"), parts=PARTS) as running:
        yield running


@pytest.fixture(scope="module")
def role_arn(aws: EndpointClients) -> str:
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": "sagemaker.amazonaws.com"},
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    made = aws("iam").create_role(RoleName="nobody", AssumeRolePolicyDocument=trust)
    arn: str = made["Role"]["Arn"]
    return arn


def settings(role_arn: str, minutes: int = 60) -> dict[str, Any]:
    idle = {"lifecycleManagement": "ENABLED", "idleTimeoutInMinutes": minutes}
    return {
        "executionRole": role_arn,
        "securityGroups": ["sg-0123456789abcdef0"],
        "sharingSettings": {"notebookOutputOption": "Disabled"},
        "jupyterLabAppSettings": {"appLifecycleManagement": {"idleSettings": idle}},
        "codeEditorAppSettings": {"appLifecycleManagement": {"idleSettings": idle}},
    }


def domain(aws: EndpointClients, role_arn: str, name: str, **more: Any) -> Standing:
    subnets = aws("ec2").describe_subnets()["Subnets"][:2]
    declared = {
        "domainName": name,
        "authMode": "IAM",
        "appNetworkAccessType": "VpcOnly",
        "vpcId": subnets[0]["VpcId"],
        "subnetIds": [subnet["SubnetId"] for subnet in subnets],
        "kmsKeyId": "arn:aws:kms:us-east-1:123456789012:key/k",
        "defaultUserSettings": settings(role_arn),
        "retentionPolicy": {"homeEfsFileSystem": "Delete"},
        "tagPropagation": "ENABLED",
        "tags": {"a": "b"},
    }
    return stand(DOMAIN, aws, name, {**declared, **more})


def test_a_domain_reads_back_as_declared_and_goes(aws: EndpointClients, role_arn: str) -> None:
    standing = domain(aws, role_arn, "lives")
    assert standing.id.startswith("d-")
    assert standing.outputs["arn"].endswith(f":domain/{standing.id}")
    assert_lives(standing)


def test_a_domain_changes_its_settings_in_place(aws: EndpointClients, role_arn: str) -> None:
    standing = domain(
        aws, role_arn, "changes", domainSettings={"executionRoleIdentityConfig": "DISABLED"}
    )
    changed = standing.changed(
        defaultUserSettings=settings(role_arn, 120),
        domainSettings={"executionRoleIdentityConfig": "USER_PROFILE_NAME"},
        tags={"a": "c"},
    )
    assert changed.id == standing.id
    held = aws("sagemaker").describe_domain(DomainId=standing.id)
    lab = held["DefaultUserSettings"]["JupyterLabAppSettings"]
    assert lab["AppLifecycleManagement"]["IdleSettings"]["IdleTimeoutInMinutes"] == 120
    assert held["DomainSettings"]["ExecutionRoleIdentityConfig"] == "USER_PROFILE_NAME"
    assert_lives(changed)


def test_a_domain_says_what_it_does_not_retain(
    aws: EndpointClients, role_arn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing = domain(aws, role_arn, "retains")
    sent: list[dict[str, Any]] = []
    client = aws("sagemaker")
    real = client.delete_domain

    def delete_domain(**asked: Any) -> Any:
        sent.append(asked)
        return real(**asked)

    monkeypatch.setattr(client, "delete_domain", delete_domain)
    standing.delete()
    assert sent == [{"DomainId": standing.id, "RetentionPolicy": {"HomeEfsFileSystem": "Delete"}}]


def test_a_domain_with_profiles_stays(aws: EndpointClients, role_arn: str) -> None:
    standing = domain(aws, role_arn, "held")
    someone = {"domainId": standing.id, "userProfileName": "someone"}
    profile = stand(PROFILE, aws, "someone", someone)
    with pytest.raises(ClientError, match="UserProfile"):
        standing.delete()
    profile.delete()
    standing.delete()
    assert standing.read() is None


def test_a_profile_takes_another_role_in_place(aws: EndpointClients, role_arn: str) -> None:
    home = domain(aws, role_arn, "home")
    declared = {"domainId": home.id, "userProfileName": "someone", "tags": {"a": "b"}}
    standing = stand(PROFILE, aws, "someone", declared)
    assert standing.id == standing.outputs["arn"]
    changed = standing.changed(userSettings={"executionRole": role_arn}, tags={"a": "c"})
    assert changed.id == standing.id
    assert_lives(changed)


def test_what_aws_cannot_change_replaces() -> None:
    assert {"authMode", "domainName", "kmsKeyId", "retentionPolicy", "subnetIds", "vpcId"} == (
        DOMAIN.replace_on
    )
    assert {
        "domainId",
        "singleSignOnUserIdentifier",
        "singleSignOnUserValue",
        "userProfileName",
    } == PROFILE.replace_on


@pytest.mark.parametrize("missing", ["authMode", "defaultUserSettings", "subnetIds", "vpcId"])
def test_a_domain_lacks_nothing_that_it_needs(missing: str) -> None:
    declared = {
        "authMode": "IAM",
        "defaultUserSettings": {"executionRole": "r"},
        "domainName": "d",
        "subnetIds": ["subnet-1"],
        "vpcId": "vpc-1",
    }
    del declared[missing]
    with pytest.raises(InputError, match=f"{missing} must be given"):
        DOMAIN.check("d", declared)
