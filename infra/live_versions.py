"""Which model version serves: the stack file's, else the newest that the registry approved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from types_boto3_sagemaker import SageMakerClient


class LiveVersions(Protocol):
    """Finds the version to serve."""

    def newest_approved(self, group: str) -> str | None:
        """Return the ARN of the newest approved version; ``None`` before there is any."""

    def pinned(self, group: str, version: int) -> str:
        """Return the ARN of one version.

        Raises:
            LookupError: the group has no such version.
        """


class RegistryVersions:
    """Asks the SageMaker model registry, at ``AWS_ENDPOINT_URL`` where that is set."""

    def __init__(self, region: str) -> None:
        self._region = region

    def newest_approved(self, group: str) -> str | None:
        """Return the ARN of the newest approved version; ``None`` before there is any.

        Raises:
            ClientError: AWS refuses, for another reason than that the group does not exist.
        """
        registry = self._client()
        # boto3 imports its exceptions with the client, and this module is imported without.
        from botocore.exceptions import ClientError  # noqa: PLC0415 - see above

        try:
            found = registry.list_model_packages(
                ModelPackageGroupName=group,
                ModelApprovalStatus="Approved",
                SortBy="CreationTime",
                SortOrder="Descending",
                MaxResults=1,
            )["ModelPackageSummaryList"]
        except ClientError as error:
            if _group_is_missing(error.response["Error"]):
                return None
            raise
        return found[0]["ModelPackageArn"] if found else None

    def pinned(self, group: str, version: int) -> str:
        """Return the ARN of one version.

        Raises:
            LookupError: the group has no such version.
        """
        pages = self._client().get_paginator("list_model_packages")
        arns = [
            package["ModelPackageArn"]
            for page in pages.paginate(ModelPackageGroupName=group)
            for package in page["ModelPackageSummaryList"]
        ]
        for arn in arns:
            if arn.rpartition("/")[2] == str(version):
                return arn
        known = sorted(int(arn.rpartition("/")[2]) for arn in arns)
        raise LookupError(f"model_version of {group} must be one of {known}, got {version}")

    def _client(self) -> SageMakerClient:
        # A program that pins nothing and is only drawn need not pay for importing boto3.
        import boto3  # noqa: PLC0415 - see above

        return boto3.client("sagemaker", region_name=self._region)


class NoVersions:
    """Says that nothing was approved yet: for evaluating a stack with no registry to ask."""

    def newest_approved(self, group: str) -> str | None:  # noqa: ARG002 - part of the protocol
        """Return ``None``."""
        return None

    def pinned(self, group: str, version: int) -> str:
        """Refuse, since there is nothing.

        Raises:
            LookupError: always.
        """
        raise LookupError(f"model_version of {group} must be one of [], got {version}")


def _group_is_missing(error: object) -> bool:
    """Tell "no such group" by its text: the operation documents no error of its own for it."""
    assert isinstance(error, dict)  # noqa: S101 - narrows botocore's untyped dictionary
    code, message = error.get("Code", ""), error.get("Message", "").lower()
    return code in {"ResourceNotFound", "ResourceNotFoundException"} or (
        code == "ValidationException" and ("does not exist" in message or "not find" in message)
    )
