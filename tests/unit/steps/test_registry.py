"""What the registry approved last, and what an endpoint serves most of."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from pipelines.shared.steps import registry, storage

GROUP = "late"
ROLE = "arn:aws:iam::123456789012:role/serving"


@pytest.fixture(autouse=True)
def sagemaker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        storage.client.cache_clear()
        client = boto3.client("sagemaker")
        client.create_model_package_group(ModelPackageGroupName=GROUP)
        yield client
    storage.client.cache_clear()


def version(sagemaker: Any, status: str) -> str:
    container = {"Image": "image", "ModelDataUrl": "s3://models/model.tar.gz"}
    made = sagemaker.create_model_package(
        ModelPackageGroupName=GROUP,
        ModelApprovalStatus=status,
        InferenceSpecification={
            "Containers": [container],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )
    return str(made["ModelPackageArn"])


def serve(sagemaker: Any, weights: dict[str, float], capture: dict[str, Any] | None = None) -> None:
    for package in weights:
        number = package.rpartition("/")[2]
        sagemaker.create_model(
            ModelName=f"late-{number}",
            ExecutionRoleArn=ROLE,
            PrimaryContainer={"ModelPackageName": package},
        )
    sagemaker.create_endpoint_config(
        EndpointConfigName="late",
        ProductionVariants=[
            {
                "VariantName": f"v{package.rpartition('/')[2]}",
                "ModelName": f"late-{package.rpartition('/')[2]}",
                "InitialInstanceCount": 1,
                "InstanceType": "ml.m5.large",
                "InitialVariantWeight": weight,
            }
            for package, weight in weights.items()
        ],
        **({"DataCaptureConfig": capture} if capture else {}),
    )
    sagemaker.create_endpoint(EndpointName="late", EndpointConfigName="late")


def test_before_an_approval_there_is_no_champion(sagemaker: Any) -> None:
    version(sagemaker, "PendingManualApproval")
    version(sagemaker, "Rejected")
    assert registry.champion(GROUP) is None


def test_the_champion_is_approved_whatever_came_after_it(sagemaker: Any) -> None:
    version(sagemaker, "Approved")
    second = version(sagemaker, "Approved")
    version(sagemaker, "Rejected")
    found = registry.champion(GROUP)
    assert found is not None
    assert found["ModelPackageArn"] == second


def test_nothing_is_live_without_an_endpoint() -> None:
    assert registry.live("late") is None


def test_what_takes_most_of_the_traffic_is_live(sagemaker: Any) -> None:
    first, second = version(sagemaker, "Approved"), version(sagemaker, "Approved")
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": "s3://captured/late/",
        "CaptureOptions": [{"CaptureMode": "Input"}],
    }
    serve(sagemaker, {first: 1.0, second: 9.0}, capture)
    found = registry.live("late")
    assert found is not None
    assert found.package["ModelPackageArn"] == second
    assert found.capture_uri == "s3://captured/late/late/v2"


def test_an_endpoint_that_captures_nothing_names_no_place(sagemaker: Any) -> None:
    serve(sagemaker, {version(sagemaker, "Approved"): 1.0})
    found = registry.live("late")
    assert found is not None
    assert found.capture_uri is None


def test_an_archive_leaves_its_folder_alone(tmp_path: Path) -> None:
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("../outside"))
    with pytest.raises(tarfile.OutsideDestinationError):
        registry.unpack(body.getvalue(), tmp_path / "model")
    assert not (tmp_path / "outside").exists()
