"""Pulumi's properties to botocore's parameters and back."""

from __future__ import annotations

from typing import Any

import pytest

from infra.resources._walk import from_aws, operation, to_aws
from infra.resources.handler import InputError


def shape(service: str, name: str) -> Any:
    return operation(service, name).input_shape


def test_names_are_matched_whatever_their_case_and_number() -> None:
    properties = {
        "productionVariants": [{"modelName": "m", "volumeSizeInGb": 5, "enableSsmAccess": True}],
        "kmsKeyId": "k",
    }
    assert to_aws(shape("sagemaker", "CreateEndpointConfig"), properties, {}) == {
        "ProductionVariants": [{"ModelName": "m", "VolumeSizeInGB": 5, "EnableSSMAccess": True}],
        "KmsKeyId": "k",
    }


def test_a_block_becomes_a_list_and_a_list_of_one_a_block_where_aws_has_it_so() -> None:
    ownership = shape("s3", "PutBucketOwnershipControls").members["OwnershipControls"]
    assert to_aws(ownership, {"rule": {"objectOwnership": "BucketOwnerEnforced"}}, {}) == {
        "Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]
    }
    variant = {"productionVariants": [{"routingConfigs": [{"routingStrategy": "RANDOM"}]}]}
    sent = to_aws(shape("sagemaker", "CreateEndpointConfig"), variant, {})
    assert sent["ProductionVariants"][0]["RoutingConfig"] == {"RoutingStrategy": "RANDOM"}


def test_tags_become_what_the_service_calls_tags() -> None:
    assert to_aws(shape("sagemaker", "CreateModel"), {"tags": {"a": "b"}}, {}) == {
        "Tags": [{"Key": "a", "Value": "b"}]
    }
    assert to_aws(shape("kms", "CreateKey"), {"tags": {"a": "b"}}, {}) == {
        "Tags": [{"TagKey": "a", "TagValue": "b"}]
    }
    assert to_aws(shape("lambda", "CreateFunction"), {"tags": {"a": "b"}}, {}) == {
        "Tags": {"a": "b"}
    }


def test_keys_of_a_map_stay_as_they_are() -> None:
    container = {"primaryContainer": {"environment": {"SAGEMAKER_program": 1}}}
    assert to_aws(shape("sagemaker", "CreateModel"), container, {}) == {
        "PrimaryContainer": {"Environment": {"SAGEMAKER_program": "1"}}
    }


def test_values_take_the_type_that_aws_asks_for() -> None:
    declared = {"maxSessionDuration": "3600", "description": 5}
    assert to_aws(shape("iam", "CreateRole"), declared, {}) == {
        "MaxSessionDuration": 3600,
        "Description": "5",
    }


def test_renames_go_by_path() -> None:
    renames = {"name": "ModelName", "primaryContainer.uri": "Image"}
    declared = {"name": "m", "primaryContainer": {"uri": "i"}}
    assert to_aws(shape("sagemaker", "CreateModel"), declared, renames) == {
        "ModelName": "m",
        "PrimaryContainer": {"Image": "i"},
    }


def test_fails_on_a_nested_property_that_aws_does_not_know() -> None:
    with pytest.raises(InputError, match=r"primaryContainer.imag is no property, close: \['image"):
        to_aws(shape("sagemaker", "CreateModel"), {"primaryContainer": {"imag": "i"}}, {})


def test_fails_on_two_blocks_where_aws_takes_one() -> None:
    with pytest.raises(InputError, match="primaryContainer must be one block, got 2"):
        to_aws(shape("sagemaker", "CreateModel"), {"primaryContainer": [{}, {}]}, {})


def read(properties: dict[str, Any], response: dict[str, Any]) -> dict[str, Any]:
    return from_aws(shape("sagemaker", "CreateModel"), response, properties, {"name": "ModelName"})


def test_what_has_not_drifted_reads_back_equal() -> None:
    declared = {
        "name": "m",
        "primaryContainer": {"image": "i", "environment": {"A": "1"}},
        "vpcConfig": {"subnets": ["b", "a"], "securityGroupIds": ["s"]},
        "enableNetworkIsolation": False,
        "tags": {"a": "b"},
    }
    response = {
        "ModelName": "m",
        "PrimaryContainer": {"Image": "i", "Mode": "SingleModel", "Environment": {"A": "1"}},
        "VpcConfig": {"Subnets": ["a", "b"], "SecurityGroupIds": ["s"]},
        "Tags": [{"Key": "a", "Value": "b"}],
    }
    assert read(declared, response) == declared


def test_what_has_drifted_reads_back_as_aws_has_it() -> None:
    declared = {
        "primaryContainer": {"image": "i", "environment": {"A": "1", "B": "2"}},
        "enableNetworkIsolation": True,
        "executionRoleArn": "arn:old",
    }
    response = {
        "PrimaryContainer": {"Image": "other", "Environment": {"A": "1"}},
        "EnableNetworkIsolation": False,
    }
    assert read(declared, response) == {
        "primaryContainer": {"image": "other", "environment": {"A": "1"}},
        "enableNetworkIsolation": False,
    }


def test_a_json_document_in_another_spelling_is_no_drift() -> None:
    role = shape("iam", "CreateRole")
    renames = {"assumeRolePolicy": "AssumeRolePolicyDocument"}
    declared = {"assumeRolePolicy": '{"Version":  "2012-10-17"}'}
    for held in ({"Version": "2012-10-17"}, '{"Version": "2012-10-17"}'):
        assert from_aws(role, {"AssumeRolePolicyDocument": held}, declared, renames) == declared
    other = {"AssumeRolePolicyDocument": {"Version": "2008-10-17"}}
    assert from_aws(role, other, declared, renames) == {
        "assumeRolePolicy": '{"Version": "2008-10-17"}'
    }
