from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from pytest_mock import MockerFixture
from types_boto3_sagemaker import SageMakerClient

from infra.live_versions import NoVersions, RegistryVersions

GROUP = "flights-dev-flights"
ARN = f"arn:aws:sagemaker:us-east-1:123456789012:model-package/{GROUP}"


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[SageMakerClient]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield boto3.client("sagemaker", region_name="us-east-1")


def register(registry: SageMakerClient, *statuses: str) -> None:
    registry.create_model_package_group(ModelPackageGroupName=GROUP)
    for status in statuses:
        registry.create_model_package(
            ModelPackageGroupName=GROUP,
            ModelApprovalStatus=status,  # type: ignore[arg-type]  # one of these
        )


@pytest.mark.usefixtures("registry")
def test_before_there_is_a_group_nothing_serves() -> None:
    assert RegistryVersions("us-east-1").newest_approved(GROUP) is None


def test_before_a_version_is_approved_nothing_serves(registry: SageMakerClient) -> None:
    register(registry, "PendingManualApproval", "Rejected")
    assert RegistryVersions("us-east-1").newest_approved(GROUP) is None


def test_the_newest_approved_version_serves_not_the_newest(registry: SageMakerClient) -> None:
    register(registry, "Approved", "Approved", "PendingManualApproval")
    assert RegistryVersions("us-east-1").newest_approved(GROUP) == f"{ARN}/2"


def test_a_pinned_version_serves_though_another_is_newer(registry: SageMakerClient) -> None:
    register(registry, "Approved", "Approved")
    assert RegistryVersions("us-east-1").pinned(GROUP, 1) == f"{ARN}/1"


def test_a_pinned_version_that_is_not_there_is_refused(registry: SageMakerClient) -> None:
    register(registry, "Approved", "Approved")
    with pytest.raises(LookupError, match=r"must be one of \[1, 2\], got 9"):
        RegistryVersions("us-east-1").pinned(GROUP, 9)


def test_without_registry_a_pinned_version_is_refused() -> None:
    with pytest.raises(LookupError, match="got 9"):
        NoVersions().pinned(GROUP, 9)


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException"])
def test_what_aws_refuses_is_not_taken_for_no_version(mocker: MockerFixture, code: str) -> None:
    refused = ClientError({"Error": {"Code": code, "Message": "no"}}, "ListModelPackages")
    client = mocker.Mock(list_model_packages=mocker.Mock(side_effect=refused))
    mocker.patch("boto3.client", return_value=client)
    with pytest.raises(ClientError, match=code):
        RegistryVersions("us-east-1").newest_approved(GROUP)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ValidationException", "ModelPackageGroup arn:aws:... does not exist."),
        ("ResourceNotFound", "no such group"),
    ],
)
def test_aws_own_words_for_a_missing_group_mean_no_version(
    mocker: MockerFixture, code: str, message: str
) -> None:
    missing = ClientError({"Error": {"Code": code, "Message": message}}, "ListModelPackages")
    client = mocker.Mock(list_model_packages=mocker.Mock(side_effect=missing))
    mocker.patch("boto3.client", return_value=client)
    assert RegistryVersions("us-east-1").newest_approved(GROUP) is None


def test_the_registry_is_asked_where_the_endpoint_url_points(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    client = RegistryVersions("us-east-1")._client()
    assert client.meta.endpoint_url == "http://127.0.0.1:9"
