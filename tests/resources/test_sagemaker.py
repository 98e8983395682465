"""Feature groups, the registry, pipelines, models and endpoints."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.emulator.server import Emulator
from infra.resources.clients import EndpointClients
from infra.resources.sagemaker import TYPES
from tests.resources.types import Standing, assert_lives, of, stand

FEATURE_GROUP = of(TYPES, "aws:sagemaker/featureGroup:FeatureGroup")
PACKAGE_GROUP = of(TYPES, "aws:sagemaker/modelPackageGroup:ModelPackageGroup")
PACKAGE_GROUP_POLICY = of(TYPES, "aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy")
PIPELINE = of(TYPES, "aws:sagemaker/pipeline:Pipeline")
MODEL = of(TYPES, "aws:sagemaker/model:Model")
CONFIG = of(TYPES, "aws:sagemaker/endpointConfiguration:EndpointConfiguration")
TRACKING = of(TYPES, "aws:sagemaker/mlflowTrackingServer:MlflowTrackingServer")
ENDPOINT = of(TYPES, "aws:sagemaker/endpoint:Endpoint")

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
ECHO = b"""
def model_fn(directory): return directory
def input_fn(body, content_type): return body
def predict_fn(data, model): return data
def output_fn(prediction, accept): return prediction
"""
BROKEN = b"raise RuntimeError('cannot load')"
PARTS = (
    "credentials",
    "bucket_policies",
    "events",
    "alarms",
    "containers",
    "jobs",
    "pipelines",
    "feature_store",
    "hosting",
    "registry",
    "lineage",
    "mlflow",
    "tags",
)


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with Emulator(workspace=tmp_path_factory.mktemp("workspace"), parts=PARTS) as running:
        yield running


@pytest.fixture(scope="module")
def role_arn(aws: EndpointClients) -> str:
    trust = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": "sagemaker.amazonaws.com"},
    }
    may = {"Effect": "Allow", "Action": ["s3:*", "kms:*", "glue:*"], "Resource": "*"}
    iam = aws("iam")
    arn: str = iam.create_role(RoleName="worker", AssumeRolePolicyDocument=_document(trust))[
        "Role"
    ]["Arn"]
    iam.put_role_policy(RoleName="worker", PolicyName="may", PolicyDocument=_document(may))
    return arn


@pytest.fixture(scope="module")
def bucket(aws: EndpointClients) -> str:
    aws("s3").create_bucket(Bucket="data")
    for name, code in (("echo", ECHO), ("broken", BROKEN)):
        aws("s3").put_object(Bucket="data", Key=f"{name}.tar.gz", Body=_archive(code))
    return "data"


def _document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _archive(code: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        entry = tarfile.TarInfo("code/inference.py")
        entry.size = len(code)
        archive.addfile(entry, io.BytesIO(code))
    return buffer.getvalue()


def model(aws: EndpointClients, role_arn: str, bucket: str, name: str) -> Standing:
    container = {
        "image": IMAGE,
        "modelDataUrl": f"s3://{bucket}/{name}.tar.gz",
        "environment": {
            "SAGEMAKER_PROGRAM": "inference.py",
            "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
        },
    }
    declared = {
        "executionRoleArn": role_arn,
        "primaryContainer": container,
        "enableNetworkIsolation": True,
        "tags": {"a": "b"},
    }
    return stand(MODEL, aws, name, declared)


def config(aws: EndpointClients, model_name: str, bucket: str) -> Standing:
    variant = {
        "variantName": "live",
        "modelName": model_name,
        "instanceType": "ml.m5.large",
        "initialInstanceCount": 1,
        "initialVariantWeight": 1,
    }
    capture = {
        "enableCapture": True,
        "initialSamplingPercentage": 100,
        "destinationS3Uri": f"s3://{bucket}/captured",
        "captureOptions": [{"captureMode": "Input"}, {"captureMode": "Output"}],
        "captureContentTypeHeader": {"csvContentTypes": ["text/csv"]},
    }
    declared = {
        "productionVariants": [variant],
        "dataCaptureConfig": capture,
        "tags": {"a": "b"},
    }
    return stand(CONFIG, aws, "config", declared)


def test_a_package_group_reads_back_as_declared_and_goes(aws: EndpointClients) -> None:
    declared = {
        "modelPackageGroupName": "flights",
        "modelPackageGroupDescription": "late or not",
        "tags": {"a": "b"},
    }
    standing = stand(PACKAGE_GROUP, aws, "group", declared)
    assert_lives(standing.changed(tags={"c": "d"}))


def test_a_package_groups_policy_reads_back_as_declared_and_goes(aws: EndpointClients) -> None:
    stand(PACKAGE_GROUP, aws, "group", {"modelPackageGroupName": "shared"})
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
        "Action": "sagemaker:DescribeModelPackageGroup",
        "Resource": "arn:aws:sagemaker:us-east-1:123456789012:model-package-group/shared",
    }
    declared = {"modelPackageGroupName": "shared", "resourcePolicy": _document(statement)}
    assert_lives(stand(PACKAGE_GROUP_POLICY, aws, "policy", declared))


def definition(*parameters: str) -> str:
    declared = [{"Name": name, "Type": "String", "DefaultValue": ""} for name in parameters]
    steps = [{"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}]
    return json.dumps({"Version": "2020-12-01", "Parameters": declared, "Steps": steps})


def test_a_pipeline_reads_back_as_declared_takes_another_definition_and_goes(
    aws: EndpointClients, role_arn: str
) -> None:
    declared = {
        "pipelineName": "training",
        "pipelineDisplayName": "training",
        "pipelineDescription": "trains",
        "pipelineDefinition": definition(),
        "roleArn": role_arn,
        "parallelismConfiguration": {"maxParallelExecutionSteps": 2},
        "tags": {"a": "b"},
    }
    standing = stand(PIPELINE, aws, "training", declared)
    changed = standing.changed(pipelineDefinition=definition("AsOf"), tags={"c": "d"})
    assert changed.id == standing.id
    assert changed.outputs["pipelineDefinition"] == definition("AsOf")
    assert_lives(changed)


def test_a_feature_group_reads_back_as_declared_takes_tags_and_goes(
    aws: EndpointClients, role_arn: str, bucket: str
) -> None:
    key = aws("kms").create_key()["KeyMetadata"]["Arn"]
    declared = {
        "featureGroupName": "weather",
        "description": "hourly",
        "recordIdentifierFeatureName": "origin_hour",
        "eventTimeFeatureName": "event_time",
        "featureDefinitions": [
            {"featureName": "origin_hour", "featureType": "String"},
            {"featureName": "event_time", "featureType": "String"},
            {"featureName": "temp", "featureType": "Fractional"},
        ],
        "roleArn": role_arn,
        "onlineStoreConfig": {
            "enableOnlineStore": True,
            "securityConfig": {"kmsKeyId": key},
        },
        "tags": {"a": "b"},
    }
    offline = {
        "s3StorageConfig": {"s3Uri": f"s3://{bucket}/offline", "kmsKeyId": key},
        "disableGlueTableCreation": True,
    }
    standing = stand(FEATURE_GROUP, aws, "weather", {**declared, "offlineStoreConfig": offline})
    storage = standing.outputs["offlineStoreConfig"]["s3StorageConfig"]
    assert storage.pop("resolvedOutputS3Uri").startswith(f"s3://{bucket}/offline/123456789012/")
    assert standing.outputs["offlineStoreConfig"] == offline

    changed = standing.changed(tags={"c": "d"})
    assert changed.outputs["tags"] == {"c": "d"}
    changed.delete()
    assert changed.read() is None
    assert_lives(stand(FEATURE_GROUP, aws, "weather", declared))


@pytest.mark.loop
def test_an_endpoint_stands_rolls_out_another_configuration_and_goes(
    aws: EndpointClients, role_arn: str, bucket: str
) -> None:
    first_model = model(aws, role_arn, bucket, "echo")
    first, second = (config(aws, first_model.id, bucket) for _ in range(2))
    assert first.read() == first.created
    standing = stand(ENDPOINT, aws, "live", {"endpointConfigName": first.id, "tags": {"a": "b"}})
    changed = standing.changed(endpointConfigName=second.id)
    held = aws("sagemaker").describe_endpoint(EndpointName=standing.id)
    assert held["EndpointConfigName"] == second.id
    assert held["EndpointStatus"] == "InService"
    assert_lives(changed)
    assert_lives(first)
    assert_lives(first_model)


@pytest.mark.loop
def test_an_endpoint_that_cannot_take_a_model_keeps_serving_the_old_and_says_so(
    aws: EndpointClients, role_arn: str, bucket: str
) -> None:
    good = config(aws, model(aws, role_arn, bucket, "echo").id, bucket)
    bad = config(aws, model(aws, role_arn, bucket, "broken").id, bucket)
    standing = stand(ENDPOINT, aws, "kept", {"endpointConfigName": good.id})
    with pytest.raises(ClientError, match=r"\(EndpointRolledBack\) .* serves config-"):
        standing.changed(endpointConfigName=bad.id)
    held = aws("sagemaker").describe_endpoint(EndpointName=standing.id)
    assert (held["EndpointConfigName"], held["EndpointStatus"]) == (good.id, "InService")
    standing.delete()


@pytest.mark.loop
def test_fails_on_a_model_that_never_serves_and_leaves_no_endpoint(
    aws: EndpointClients, role_arn: str, bucket: str
) -> None:
    bad = config(aws, model(aws, role_arn, bucket, "broken").id, bucket)
    with pytest.raises(ClientError, match=r"\(Failed\)"):
        stand(ENDPOINT, aws, "never", {"name": "never", "endpointConfigName": bad.id})
    names = [e["EndpointName"] for e in aws("sagemaker").list_endpoints()["Endpoints"]]
    assert "never" not in names


def test_a_tracking_server_grows_in_place_and_keeps_its_version(
    aws: EndpointClients, role_arn: str
) -> None:
    declared = {
        "trackingServerName": "runs",
        "artifactStoreUri": "s3://data/mlflow",
        "roleArn": role_arn,
        "mlflowVersion": "3.0",
        "weeklyMaintenanceWindowStart": "Sun:03:30",
        "tags": {"a": "b"},
    }
    standing = stand(TRACKING, aws, "tracking", declared)
    assert standing.outputs["trackingServerUrl"].endswith("/runs")
    grown = standing.changed(trackingServerSize="Medium", tags={"a": "c"})
    assert grown.id == standing.id
    assert_lives(Standing(TRACKING, aws, grown.inputs, grown.created))
    assert {"mlflowVersion", "roleArn", "trackingServerName"} == TRACKING.replace_on
