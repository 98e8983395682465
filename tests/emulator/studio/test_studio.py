"""Domains and user profiles: what is refused, what stays, what goes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.emulator.server import Emulator
from tests.emulator.support import impatient

PARTS = ("credentials", "admin", "studio", "tags")


@pytest.fixture(scope="module")
def settings(emulator: Emulator) -> dict[str, Any]:
    """Return what a domain within the default VPC is made of."""
    ec2, iam = impatient(emulator, "ec2"), impatient(emulator, "iam")
    subnets = ec2.describe_subnets()["Subnets"][:2]
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": "sagemaker.amazonaws.com"},
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn = iam.create_role(RoleName="nobody", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    return {
        "AuthMode": "IAM",
        "AppNetworkAccessType": "VpcOnly",
        "VpcId": subnets[0]["VpcId"],
        "SubnetIds": [subnet["SubnetId"] for subnet in subnets],
        "DefaultUserSettings": {"ExecutionRole": arn, "SecurityGroups": ["sg-0123456789abcdef0"]},
    }


def domain(sagemaker: Any, settings: dict[str, Any], name: str, **changed: Any) -> str:
    """Create a domain; returns its id."""
    return str(sagemaker.create_domain(**{"DomainName": name, **settings, **changed})["DomainId"])


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"SubnetIds": ["subnet-0123456789abcdef0"]}, "SubnetIds must be of vpc-"),
        ({"AuthMode": "SSO"}, "does not implement"),
        (
            {"DefaultUserSettings": {"ExecutionRole": "arn:aws:iam::123456789012:role/none"}},
            "Could not assume role",
        ),
    ],
)
def test_a_domain_without_what_aws_demands_is_refused(
    sagemaker: Any, settings: dict[str, Any], changed: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError, match=message):
        domain(sagemaker, settings, "refused", **changed)


def test_a_domain_within_the_vpc_alone_needs_security_groups(
    sagemaker: Any, settings: dict[str, Any]
) -> None:
    role = {"ExecutionRole": settings["DefaultUserSettings"]["ExecutionRole"]}
    with pytest.raises(ClientError, match="SecurityGroups must be given"):
        domain(sagemaker, settings, "open", DefaultUserSettings=role)
    identity = domain(sagemaker, settings, "closed")
    with pytest.raises(ClientError, match="SecurityGroups must be given"):
        sagemaker.update_domain(DomainId=identity, DefaultUserSettings={"SecurityGroups": []})


def test_a_domain_comes_back_as_it_was_made_and_changed(
    sagemaker: Any, settings: dict[str, Any]
) -> None:
    tags = [{"Key": "team", "Value": "flights"}]
    identity = domain(sagemaker, settings, "changed", Tags=tags)
    with pytest.raises(ClientError, match="already exists"):
        domain(sagemaker, settings, "changed")
    sharing = {"SharingSettings": {"NotebookOutputOption": "Disabled"}}
    sagemaker.update_domain(
        DomainId=identity, DefaultUserSettings=sharing, TagPropagation="ENABLED"
    )
    found = sagemaker.describe_domain(DomainId=identity)
    assert found["DefaultUserSettings"] == settings["DefaultUserSettings"] | sharing
    assert (found["TagPropagation"], found["Status"]) == ("ENABLED", "InService")
    assert sagemaker.list_tags(ResourceArn=found["DomainArn"])["Tags"] == tags
    assert identity in {one["DomainId"] for one in sagemaker.list_domains()["Domains"]}


def test_a_domain_does_not_move_to_other_subnets_here(
    sagemaker: Any, settings: dict[str, Any]
) -> None:
    identity = domain(sagemaker, settings, "moved")
    with pytest.raises(ClientError, match="does not implement sagemaker:UpdateDomain"):
        sagemaker.update_domain(DomainId=identity, SubnetIds=settings["SubnetIds"][:1])


def test_a_domain_goes_only_after_its_profiles(sagemaker: Any, settings: dict[str, Any]) -> None:
    identity = domain(sagemaker, settings, "emptied")
    sagemaker.create_user_profile(DomainId=identity, UserProfileName="someone")
    with pytest.raises(ClientError, match="UserProfile") as refused:
        sagemaker.delete_domain(DomainId=identity)
    assert refused.value.response["Error"]["Code"] == "ResourceInUse"
    sagemaker.delete_user_profile(DomainId=identity, UserProfileName="someone")
    sagemaker.delete_domain(DomainId=identity)
    with pytest.raises(ClientError, match="does not exist") as gone:
        sagemaker.describe_domain(DomainId=identity)
    assert gone.value.response["Error"]["Code"] == "ResourceNotFound"


def test_a_profile_is_its_domains_and_comes_back_as_it_was_changed(
    sagemaker: Any, settings: dict[str, Any]
) -> None:
    one, other = (domain(sagemaker, settings, name) for name in ("one", "other"))
    someone = {"DomainId": one, "UserProfileName": "someone"}
    with pytest.raises(ClientError, match="does not exist"):
        sagemaker.create_user_profile(DomainId="d-none", UserProfileName="someone")
    groups = {"SecurityGroups": ["sg-0123456789abcdef0"]}
    sagemaker.create_user_profile(**someone, UserSettings=groups)
    with pytest.raises(ClientError, match="already exists"):
        sagemaker.create_user_profile(**someone)
    with pytest.raises(ClientError, match="Could not assume role"):
        sagemaker.update_user_profile(
            **someone, UserSettings={"ExecutionRole": "arn:aws:iam::123456789012:role/none"}
        )
    role = {"ExecutionRole": settings["DefaultUserSettings"]["ExecutionRole"]}
    sagemaker.update_user_profile(**someone, UserSettings=role)
    found = sagemaker.describe_user_profile(**someone)
    assert found["UserSettings"] == groups | role
    listed = sagemaker.list_user_profiles(DomainIdEquals=one)["UserProfiles"]
    assert [profile["UserProfileName"] for profile in listed] == ["someone"]
    assert sagemaker.list_user_profiles(DomainIdEquals=other)["UserProfiles"] == []
    with pytest.raises(ClientError, match="does not exist in Domain"):
        sagemaker.describe_user_profile(DomainId=other, UserProfileName="someone")


def test_nothing_runs_in_studio_here(sagemaker: Any, settings: dict[str, Any]) -> None:
    identity = domain(sagemaker, settings, "idle")
    sagemaker.create_user_profile(DomainId=identity, UserProfileName="someone")
    with pytest.raises(ClientError, match="does not implement"):
        sagemaker.create_space(DomainId=identity, SpaceName="mine")
    with pytest.raises(ClientError, match="does not implement"):
        sagemaker.create_presigned_domain_url(DomainId=identity, UserProfileName="someone")
