"""Models and configurations that SageMaker refuses, and those it takes."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.hosting.conftest import BUCKET, SKLEARN, Host, variant


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"PrimaryContainer": {"Image": SKLEARN, "ModelDataUrl": f"s3://{BUCKET}/none.tar.gz"}},
            f"Could not find model data at s3://{BUCKET}/none.tar.gz",
        ),
        ({"PrimaryContainer": {"Image": "acme/llama:1"}}, "image acme/llama:1 is not emulated"),
        ({"ExecutionRoleArn": "arn:aws:iam::123456789012:role/none"}, "Could not assume role"),
        ({"PrimaryContainer": {"ModelPackageName": "no-such/1"}}, "no-such/1"),
        ({"PrimaryContainer": {"Image": SKLEARN, "Mode": "MultiModel"}}, "not emulated"),
    ],
)
def test_an_impossible_model_is_refused(host: Host, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ClientError, match="ValidationException") as refused:
        host.model("impossible", **changes)
    assert words in str(refused.value)
    with pytest.raises(ClientError, match="Could not find model"):
        host.sagemaker.describe_model(ModelName="impossible")


def test_a_model_reads_back_without_what_it_was_not_given(host: Host) -> None:
    host.model("reads-back")
    found = host.sagemaker.describe_model(ModelName="reads-back")
    assert found["EnableNetworkIsolation"] is False
    assert "VpcConfig" not in found
    assert "Containers" not in found


@pytest.mark.parametrize(
    "kind", ["ml.g5.2xlarge", "ml.g6.xlarge", "ml.p4d.24xlarge", "ml.p5.48xlarge", "ml.inf2.xlarge"]
)
def test_accelerated_instances_are_accepted(host: Host, kind: str) -> None:
    known(host)
    name = kind.replace(".", "-")
    host.sagemaker.create_endpoint_config(
        EndpointConfigName=name, ProductionVariants=[variant("known", InstanceType=kind)]
    )
    found = host.sagemaker.describe_endpoint_config(EndpointConfigName=name)
    assert found["ProductionVariants"][0]["InstanceType"] == kind


@pytest.mark.parametrize(
    ("variants", "more", "words"),
    [
        ([variant("known", InstanceType="ml.x9.huge")], {}, "Value 'ml.x9.huge' at"),
        ([variant("unknown")], {}, "Could not find model"),
        ([{"VariantName": "a", "InstanceType": "ml.m5.large"}], {}, "not emulated"),
        ([variant("known"), variant("known")], {}, "variant names must be unique"),
        ([{"VariantName": "a", "ModelName": "known"}], {}, "either InstanceType or Serverless"),
        (
            [variant("known")],
            {
                "ExplainerConfig": {
                    "ClarifyExplainerConfig": {
                        "ShapConfig": {"ShapBaselineConfig": {"ShapBaseline": "1"}}
                    }
                }
            },
            "ExplainerConfig is not emulated",
        ),
    ],
)
def test_an_impossible_configuration_is_refused(
    host: Host, variants: list[dict[str, Any]], more: dict[str, Any], words: str
) -> None:
    known(host)
    with pytest.raises(ClientError, match="ValidationException") as refused:
        host.sagemaker.create_endpoint_config(
            EndpointConfigName="impossible", ProductionVariants=variants, **more
        )
    assert words in str(refused.value)


def known(host: Host) -> None:
    """Create the model ``known`` once."""
    try:
        host.sagemaker.describe_model(ModelName="known")
    except ClientError:
        host.model("known")


def test_a_second_of_a_name_is_refused(host: Host) -> None:
    host.serving("twice")
    with pytest.raises(ClientError, match="already existing model"):
        host.model("twice")
    with pytest.raises(ClientError, match="already existing endpoint configuration"):
        host.config("twice", "twice")
    with pytest.raises(ClientError, match="already existing endpoint"):
        host.endpoint("twice", "twice")


def test_a_serverless_variant_serves_too(host: Host) -> None:
    known(host)
    serverless = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
    host.sagemaker.create_endpoint_config(
        EndpointConfigName="serverless",
        ProductionVariants=[
            {"VariantName": "all", "ModelName": "known", "ServerlessConfig": serverless}
        ],
    )
    host.endpoint("serverless", "serverless")
    assert host.ask("serverless") == "known:1"
    found = host.describe("serverless")["ProductionVariants"][0]
    assert found["CurrentServerlessConfig"] == serverless
    assert "CurrentInstanceCount" not in found


def test_a_configuration_in_use_can_be_deleted(host: Host) -> None:
    host.serving("in-use")
    host.sagemaker.delete_endpoint_config(EndpointConfigName="in-use")
    host.sagemaker.delete_model(ModelName="in-use")
    assert host.ask("in-use") == "in-use:1"
