"""Versions, approval, what comes back, what is refused, what is told."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.emulator.server import Emulator
from tests.emulator.registry.conftest import register

S3 = {"ContentType": "application/json", "S3Uri": "s3://m/statistics.json"}


def test_everything_comes_back_as_it_was_registered(sagemaker: Any, group: str) -> None:
    given = {
        "ModelMetrics": {"ModelQuality": {"Statistics": S3}},
        "DriftCheckBaselines": {"ModelDataQuality": {"Statistics": S3}},
        "CustomerMetadataProperties": {"auc": "0.71"},
        "MetadataProperties": {"CommitId": "abc"},
        "SkipModelValidation": "All",
        "SourceUri": "s3://m/source",
        "ModelPackageDescription": "first",
    }
    arn = register(sagemaker, group, **given)
    found = sagemaker.describe_model_package(ModelPackageName=arn)
    assert {name: found[name] for name in given} == given
    assert found["ModelPackageVersion"] == 1
    assert found["ModelApprovalStatus"] == "PendingManualApproval"
    assert "ModelPackageName" not in found


def test_an_update_keeps_what_it_does_not_name(sagemaker: Any, group: str) -> None:
    arn = register(sagemaker, group, CustomerMetadataProperties={"auc": "0.71", "rows": "9"})
    sagemaker.update_model_package(
        ModelPackageArn=arn, ModelApprovalStatus="Approved", ApprovalDescription="better"
    )
    sagemaker.update_model_package(
        ModelPackageArn=arn,
        CustomerMetadataProperties={"seen": "yes"},
        CustomerMetadataPropertiesToRemove=["rows"],
    )
    found = sagemaker.describe_model_package(ModelPackageName=arn)
    assert found["ModelApprovalStatus"] == "Approved"
    assert found["ApprovalDescription"] == "better"
    assert found["CustomerMetadataProperties"] == {"auc": "0.71", "seen": "yes"}
    assert found["LastModifiedTime"] >= found["CreationTime"]


def test_the_newest_approved_version_is_the_first_of_the_list(sagemaker: Any, group: str) -> None:
    arns = [register(sagemaker, group, ModelApprovalStatus="Approved") for _ in range(3)]
    register(sagemaker, group)
    found = sagemaker.list_model_packages(
        ModelPackageGroupName=group,
        ModelApprovalStatus="Approved",
        SortBy="CreationTime",
        SortOrder="Descending",
        MaxResults=1,
    )
    assert [row["ModelPackageArn"] for row in found["ModelPackageSummaryList"]] == [arns[-1]]


def test_a_deleted_version_is_not_given_again(sagemaker: Any, group: str) -> None:
    register(sagemaker, group)
    second = register(sagemaker, group)
    sagemaker.delete_model_package(ModelPackageName=second)
    with pytest.raises(ClientError, match="does not exist"):
        sagemaker.describe_model_package(ModelPackageName=second)
    assert register(sagemaker, group).endswith("/3")


def test_a_group_with_versions_cannot_be_deleted(sagemaker: Any, group: str) -> None:
    arn = register(sagemaker, group)
    with pytest.raises(ClientError) as refused:
        sagemaker.delete_model_package_group(ModelPackageGroupName=group)
    assert refused.value.response["Error"]["Code"] == "ConflictException"
    sagemaker.delete_model_package(ModelPackageName=arn)
    sagemaker.delete_model_package_group(ModelPackageGroupName=group)
    assert (
        sagemaker.list_model_package_groups(NameContains=group)["ModelPackageGroupSummaryList"]
        == []
    )


def test_a_version_of_no_group_is_refused(sagemaker: Any) -> None:
    with pytest.raises(ClientError, match=r"ModelPackageGroup .*nowhere does not exist"):
        register(sagemaker, "nowhere")


def test_an_unknown_approval_status_is_refused(sagemaker: Any, group: str) -> None:
    arn = register(sagemaker, group)
    with pytest.raises(ClientError, match="Value 'Maybe' at 'modelApprovalStatus'"):
        sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Maybe")


def test_a_second_group_of_a_name_is_refused(sagemaker: Any, group: str) -> None:
    with pytest.raises(ClientError, match="already exists"):
        sagemaker.create_model_package_group(ModelPackageGroupName=group)


def test_the_same_client_token_registers_once(sagemaker: Any, group: str) -> None:
    first = register(sagemaker, group, ClientToken="t" * 36)
    assert register(sagemaker, group, ClientToken="t" * 36) == first


def test_a_group_policy_is_kept_until_it_is_deleted(sagemaker: Any, group: str) -> None:
    policy = '{"Version": "2012-10-17", "Statement": []}'
    sagemaker.put_model_package_group_policy(ModelPackageGroupName=group, ResourcePolicy=policy)
    found = sagemaker.get_model_package_group_policy(ModelPackageGroupName=group)
    assert found["ResourcePolicy"] == policy
    sagemaker.delete_model_package_group_policy(ModelPackageGroupName=group)
    with pytest.raises(ClientError, match="Cannot find resource policy"):
        sagemaker.get_model_package_group_policy(ModelPackageGroupName=group)
    with pytest.raises(ClientError, match="must be a JSON policy document"):
        sagemaker.put_model_package_group_policy(ModelPackageGroupName=group, ResourcePolicy="x")


def test_each_change_of_state_is_told_on_the_event_bus(
    emulator: Emulator, sagemaker: Any, group: str
) -> None:
    arn = register(sagemaker, group, CustomerMetadataProperties={"auc": "0.7"})
    sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    bus: Any = emulator.context.events
    events = [entry["event"] for entry in bus.journal.since(None)]
    told = [event for event in events if event["resources"] == [arn]]
    assert {event["detail-type"] for event in told} == {"SageMaker Model Package State Change"}
    assert [event["detail"]["ModelApprovalStatus"] for event in told] == [
        "PendingManualApproval",
        "Approved",
    ]
    detail = told[-1]["detail"]
    assert detail["ModelPackageGroupName"] == group
    assert detail["ModelPackageVersion"] == 1
    assert detail["ModelPackageStatus"] == "Completed"
    assert detail["CustomerMetadataProperties"] == {"auc": "0.7"}


@pytest.mark.parametrize(
    ("properties", "rule"),
    [
        ({"window": "2013-01;2013-02"}, "letters, digits, blanks"),
        ({"auc%": "0.7"}, "letters, digits, blanks"),
        ({"k" * 129: "0.7"}, "length from 1 to 128"),
        ({"note": "n" * 257}, "length from 1 to 256"),
        ({f"k{n}": "v" for n in range(51)}, "length at most 50"),
    ],
)
def test_metadata_is_refused_that_breaks_a_rule(
    sagemaker: Any, group: str, properties: dict[str, str], rule: str
) -> None:
    with pytest.raises(ClientError, match=rule) as caught:
        register(sagemaker, group, CustomerMetadataProperties=properties)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    arn = register(sagemaker, group)
    with pytest.raises(ClientError, match=rule):
        sagemaker.update_model_package(ModelPackageArn=arn, CustomerMetadataProperties=properties)


def test_metadata_takes_letters_of_any_script_and_the_allowed_marks(
    sagemaker: Any, group: str
) -> None:
    given = {"modèle": "s3://bucket/key_1.json a+b=c @ 2013-01-01T00:00"}
    arn = register(sagemaker, group, CustomerMetadataProperties=given)
    found = sagemaker.describe_model_package(ModelPackageName=arn)
    assert found["CustomerMetadataProperties"] == given


def test_who_registered_and_who_approved_are_told_apart(
    emulator: Emulator, sagemaker: Any, group: str
) -> None:
    role = emulator.context.client("iam", "us-east-1").create_role(
        RoleName="approver", AssumeRolePolicyDocument='{"Statement": []}'
    )["Role"]["Arn"]
    arn = register(sagemaker, group)
    approver = emulator.context.client("sagemaker", "us-east-1", role_arn=role)
    approver.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    found = sagemaker.describe_model_package(ModelPackageName=arn)
    assert found["CreatedBy"]["IamIdentity"]["Arn"] == "arn:aws:iam::123456789012:root"
    assert ":assumed-role/approver/" in found["LastModifiedBy"]["IamIdentity"]["Arn"]


def test_an_approval_by_a_user_names_the_user(
    emulator: Emulator, sagemaker: Any, group: str
) -> None:
    iam = emulator.context.client("iam", "us-east-1")
    user = iam.create_user(UserName="approver")["User"]["Arn"]
    key = iam.create_access_key(UserName="approver")["AccessKey"]
    arn = register(sagemaker, group)
    person = boto3.client(
        "sagemaker",
        region_name="us-east-1",
        endpoint_url=emulator.endpoint_url,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    person.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    found = sagemaker.describe_model_package(ModelPackageName=arn)
    assert found["LastModifiedBy"]["IamIdentity"]["Arn"] == user
