"""What a stack lets another account read: of its versions, and by the roles that copy them."""

from __future__ import annotations

import json
from functools import cache

import pytest

from infra.graph.model import ResourceGraph
from tests.promotion.policy import allows
from tests.stacks import support

GROUP = "arn:aws:mock:us-east-1:123456789012:flights-registry-group"
STAGING = "arn:aws:iam::444455556666:role/flights-staging-flights-promotion"
S3 = "s3.us-east-1.amazonaws.com"
KEY = "store-artifacts-data-key"
ARTIFACTS = "arn:aws:s3:::store-artifacts"


@cache
def dev() -> ResourceGraph:
    return support.graph("flights-dev", live=None, standing=True)


STRANGERS = [
    "arn:aws:iam::444455556666:role/somebody",
    "arn:aws:iam::444455556666:role/vision-staging-flights-promotion",
    "arn:aws:iam::777788889999:role/flights-staging-flights-promotion",
]


@pytest.mark.parametrize("role", STRANGERS)
def test_no_other_role_reads_versions_archives_or_decrypts_them(role: str) -> None:
    group, bucket, key = policies()
    assert not allows(
        group, role_arn=role, action="sagemaker:DescribeModelPackage", resource=f"{GROUP}/1"
    )
    assert not allows(
        bucket, role_arn=role, action="s3:GetObject", resource=f"{ARTIFACTS}/model.tar.gz"
    )
    assert not allows(key, role_arn=role, action="kms:Decrypt", resource="*", via_service=S3)


@pytest.mark.parametrize(
    "action",
    [
        "sagemaker:UpdateModelPackage",
        "sagemaker:DeleteModelPackage",
        "sagemaker:CreateModelPackage",
        "sagemaker:CreateModel",
    ],
)
def test_the_role_that_copies_changes_nothing_in_the_environment_before(action: str) -> None:
    group, _, _ = policies()
    for resource in (GROUP, f"{GROUP}/1"):
        assert not allows(group, role_arn=STAGING, action=action, resource=resource)


@pytest.mark.parametrize("action", ["s3:PutObject", "s3:DeleteObject", "s3:PutBucketPolicy"])
def test_the_role_that_copies_writes_nothing_there(action: str) -> None:
    _, bucket, _ = policies()
    for resource in (ARTIFACTS, f"{ARTIFACTS}/model.tar.gz"):
        assert not allows(bucket, role_arn=STAGING, action=action, resource=resource)


def test_the_key_decrypts_nothing_but_through_s3() -> None:
    _, _, key = policies()
    assert not allows(key, role_arn=STAGING, action="kms:Decrypt", resource="*")
    assert not allows(
        key, role_arn=STAGING, action="kms:GenerateDataKey", resource="*", via_service=S3
    )


def test_the_role_that_copies_reads_versions_archives_and_decrypts_them() -> None:
    group, bucket, key = policies()
    for action in ("sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"):
        assert allows(group, role_arn=STAGING, action=action, resource=f"{GROUP}/1")
    assert allows(
        bucket, role_arn=STAGING, action="s3:GetObject", resource=f"{ARTIFACTS}/x/model.tar.gz"
    )
    assert allows(key, role_arn=STAGING, action="kms:Decrypt", resource="*", via_service=S3)


def test_only_what_goes_on_is_opened_to_another_account() -> None:
    open_to_others = {
        one.name
        for one in dev().resources.values()
        for name in ("policy", "resourcePolicy")
        if "444455556666" in str(one.inputs.get(name, ""))
    }
    assert open_to_others == {"flights-registry-readers", "store-artifacts-policy", KEY}


def test_the_last_environment_opens_nothing() -> None:
    prod = support.graph("flights-prod", live=None, standing=True)
    assert not prod.of_type("aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy")


def test_the_copying_role_has_the_name_that_the_environment_before_lets_in() -> None:
    staging = support.graph("flights-staging", live=None, standing=True)
    assert staging["flights-promotion-role"].inputs["name"] == STAGING.rpartition("/")[2]


def test_the_copying_role_can_register_and_cannot_approve() -> None:
    staging = support.graph("flights-staging", live=None, standing=True)
    said = json.loads(staging["flights-promotion-policy"].inputs["policy"])["Statement"]
    actions = {action for one in said for action in one["Action"]}
    assert "sagemaker:CreateModelPackage" in actions
    assert not actions & {"sagemaker:UpdateModelPackage", "sagemaker:CreateModel"}


def policies() -> tuple[str, str, str]:
    """Return those of dev's model package group, its artifacts and its data key."""
    graph = dev()
    group: str = graph["flights-registry-readers"].inputs["resourcePolicy"]
    bucket: str = graph["store-artifacts-policy"].inputs["policy"]
    key: str = graph[KEY].inputs["policy"]
    return group, bucket, key
