"""Which model versions serve: the stack file's, else the newest that the registry approved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from components.variants import Candidate
from stacks.serving import Serving

if TYPE_CHECKING:
    from types_boto3_sagemaker import SageMakerClient
    from types_boto3_sagemaker.literals import ModelApprovalStatusType


@dataclass(frozen=True, kw_only=True, slots=True)
class ServedVersions:
    """What the variants of one endpoint serve."""

    variants: Mapping[str, str]
    """By variant, in the stack file's order, the ARN of an approved version."""
    candidate: Candidate | None = None
    """What the shadow serves; ``None`` where nothing waits for approval."""
    made_from: Mapping[str, str] = field(default_factory=dict)
    """Commit, branch and author of the first variant's version, as the registry tells them."""

    @property
    def main(self) -> str:
        """The ARN of the first variant's version."""
        return next(iter(self.variants.values()))


def everywhere(arn: str | None, serving: Serving) -> ServedVersions | None:
    """Return one version for every variant; ``None`` where there is no version."""
    if arn is None:
        return None
    return ServedVersions(
        variants=dict.fromkeys((v.name for v in serving.production_variants), arn)
    )


class LiveVersions(Protocol):
    """Finds the versions to serve."""

    def newest_approved(self, group: str) -> str | None:
        """Return the ARN of the newest approved version; ``None`` before there is any."""

    def previous_approved(self, group: str) -> str | None:
        """Return the ARN approved before the newest; ``None`` before there are two."""

    def pinned(self, group: str, version: int) -> str:
        """Return the ARN of one version.

        Raises:
            LookupError: the group has no such version.
        """

    def candidate(self, group: str, version: int | None, *, after: str) -> Candidate | None:
        """Return the version to shadow, the newest that waits for approval where none is named.

        ``None`` where it is decided on already, or not newer than ``after``, the ARN that serves.
        """

    def made_from(self, arn: str) -> Mapping[str, str]:
        """Return commit, branch and author of a version, as far as it tells them."""


MADE_FROM = ("commit", "branch", "author")
"""Metadata of a version, and tags of what serves it."""


def served_versions(versions: LiveVersions, group: str, serving: Serving) -> ServedVersions | None:
    """Return what an endpoint is to serve; ``None`` before its first version was approved.

    Where only one version was approved so far, ``previous`` is that one: the names of an endpoint's
    variants must stay as they are, or SageMaker shifts no traffic.

    Raises:
        LookupError: the stack file pins a version that the registry does not have.
    """
    found: dict[str, str] = {}
    for variant in serving.production_variants:
        match variant.model_version:
            case "newest":
                arn = versions.newest_approved(group)
            case "previous":
                arn = versions.previous_approved(group) or versions.newest_approved(group)
            case number:
                arn = versions.pinned(group, number)
        if arn is None:
            return None
        found[variant.name] = arn
    candidate = None
    if serving.shadow is not None:
        wanted = serving.shadow.model_version
        pinned = None if wanted == "newest" else wanted
        candidate = versions.candidate(group, pinned, after=next(iter(found.values())))
    main = next(iter(found.values()))
    return ServedVersions(variants=found, candidate=candidate, made_from=versions.made_from(main))


class RegistryVersions:
    """Asks the SageMaker model registry, at ``AWS_ENDPOINT_URL`` where that is set."""

    def __init__(self, region: str) -> None:
        self._region = region

    def newest_approved(self, group: str) -> str | None:
        """Return the ARN of the newest approved version; ``None`` before there is any.

        Raises:
            ClientError: AWS refuses, for another reason than that the group does not exist.
        """
        return next(iter(self._newest(group, "Approved", 1)), None)

    def previous_approved(self, group: str) -> str | None:
        """Return the ARN approved before the newest; ``None`` before there are two.

        Raises:
            ClientError: AWS refuses, for another reason than that the group does not exist.
        """
        return next(iter(self._newest(group, "Approved", 2)[1:]), None)

    def candidate(self, group: str, version: int | None, *, after: str) -> Candidate | None:
        """Return the version to shadow, the newest that waits for approval where none is named.

        Raises:
            LookupError: the group has no such version.
            ClientError: AWS refuses, for another reason than that the group does not exist.
        """
        if version is None:
            arn = next(iter(self._newest(group, "PendingManualApproval", 1)), None)
        else:
            arn = self.pinned(group, version)
        if arn is None or _number(arn) <= _number(after):
            return None
        package = self._client().describe_model_package(ModelPackageName=arn)
        if package.get("ModelApprovalStatus") != "PendingManualApproval":
            return None
        container = package["InferenceSpecification"]["Containers"][0]
        return Candidate(
            model_package_arn=arn,
            image_uri=container["Image"],
            model_data_url=container["ModelDataUrl"],
            environment=dict(container.get("Environment", {})),
        )

    def _newest(self, group: str, status: ModelApprovalStatusType, count: int) -> list[str]:
        registry = self._client()
        # boto3 imports its exceptions with the client, and this module is imported without.
        from botocore.exceptions import ClientError  # noqa: PLC0415 - see above

        try:
            found = registry.list_model_packages(
                ModelPackageGroupName=group,
                ModelApprovalStatus=status,
                SortBy="CreationTime",
                SortOrder="Descending",
                MaxResults=count,
            )["ModelPackageSummaryList"]
        except ClientError as error:
            if _group_is_missing(error.response["Error"]):
                return []
            raise
        return [package["ModelPackageArn"] for package in found]

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
            if _number(arn) == version:
                return arn
        known = sorted(map(_number, arns))
        raise LookupError(f"model_version of {group} must be one of {known}, got {version}")

    def made_from(self, arn: str) -> Mapping[str, str]:
        """Return commit, branch and author of a version, as far as its metadata tells them."""
        package = self._client().describe_model_package(ModelPackageName=arn)
        metadata = package.get("CustomerMetadataProperties", {})
        return {name: metadata[name] for name in MADE_FROM if name in metadata}

    def _client(self) -> SageMakerClient:
        # A program that pins nothing and is only drawn need not pay for importing boto3.
        import boto3  # noqa: PLC0415 - see above

        return boto3.client("sagemaker", region_name=self._region)


class NoVersions:
    """Says that nothing was approved yet: for evaluating a stack with no registry to ask."""

    def newest_approved(self, group: str) -> str | None:  # noqa: ARG002 - part of the protocol
        """Return ``None``."""
        return None

    def previous_approved(self, group: str) -> str | None:  # noqa: ARG002 - part of the protocol
        """Return ``None``."""
        return None

    def candidate(self, group: str, version: int | None, *, after: str) -> Candidate | None:  # noqa: ARG002 - part of the protocol
        """Return ``None``."""
        return None

    def pinned(self, group: str, version: int) -> str:
        """Refuse, since there is nothing.

        Raises:
            LookupError: always.
        """
        raise LookupError(f"model_version of {group} must be one of [], got {version}")

    def made_from(self, arn: str) -> Mapping[str, str]:  # noqa: ARG002 - part of the protocol
        """Return nothing."""
        return {}


def _number(arn: str) -> int:
    return int(arn.rpartition("/")[2])


def _group_is_missing(error: object) -> bool:
    """Tell "no such group" by its text: the operation documents no error of its own for it."""
    assert isinstance(error, dict)  # noqa: S101 - narrows botocore's untyped dictionary
    code, message = error.get("Code", ""), error.get("Message", "").lower()
    return code in {"ResourceNotFound", "ResourceNotFoundException"} or (
        code == "ValidationException" and ("does not exist" in message or "not find" in message)
    )
