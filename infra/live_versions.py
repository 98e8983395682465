"""Which model versions serve: the stack file's, else the newest that the registry approved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Protocol

from components.variants import Candidate
from pipelines.shared.release.versions import Approvals, Registry, chosen, number
from stacks.serving import Serving

if TYPE_CHECKING:
    from types_boto3_sagemaker import SageMakerClient


@dataclass(frozen=True, kw_only=True, slots=True)
class ServedVersions:
    """What the variants of one endpoint serve."""

    variants: Mapping[str, str]
    """By variant, in the stack file's order, the ARN of an approved version."""
    candidate: Candidate | None = None
    """What the shadow serves; ``None`` where nothing waits for approval."""
    made_from: Mapping[str, str] = field(default_factory=dict)
    """Commit, branch and author of the first variant's version, as the registry tells them."""
    model_data_url: str | None = None
    """Archive of the first variant's version on S3, where somebody asks for it."""

    @property
    def main(self) -> str:
        """The ARN of the first variant's version."""
        return next(iter(self.variants.values()))


def everywhere(arn: str | None, serving: Serving) -> ServedVersions | None:
    """Return one version for every variant; ``None`` where there is no version."""
    if arn is None:
        return None
    return ServedVersions(
        variants=dict.fromkeys((v.name for v in serving.production_variants), arn),
        model_data_url=NoVersions().model_data_url(arn),
    )


class LiveVersions(Approvals, Protocol):
    """Finds the versions to serve."""

    def candidate(self, group: str, version: int | None, *, after: str) -> Candidate | None:
        """Return the version to shadow, the newest that waits for approval where none is named.

        ``None`` where it is decided on already, or not newer than ``after``, the ARN that serves.
        """

    def made_from(self, arn: str) -> Mapping[str, str]:
        """Return commit, branch and author of a version, as far as it tells them."""

    def model_data_url(self, arn: str) -> str:
        """Return where a version's archive lies on S3."""


MADE_FROM = ("commit", "branch", "author")
"""Metadata of a version, and tags of what serves it."""


def served_versions(
    versions: LiveVersions, group: str, serving: Serving, *, archive: bool = False
) -> ServedVersions | None:
    """Return what an endpoint is to serve; ``None`` before its first version was approved.

    With ``archive`` the registry is asked where the first variant's version lies.

    Raises:
        LookupError: the stack file pins a version that the registry does not have.
    """
    found = chosen(versions, group, serving.model_versions)
    if not found:
        return None
    candidate = None
    if serving.shadow is not None:
        wanted = serving.shadow.model_version
        pinned = None if wanted == "newest" else wanted
        candidate = versions.candidate(group, pinned, after=next(iter(found.values())))
    main = next(iter(found.values()))
    return ServedVersions(
        variants=found,
        candidate=candidate,
        made_from=versions.made_from(main),
        model_data_url=versions.model_data_url(main) if archive else None,
    )


class RegistryVersions(Registry):
    """Asks the SageMaker model registry, at ``AWS_ENDPOINT_URL`` where that is set."""

    def __init__(self, region: str) -> None:
        super().__init__(partial(_client, region))

    def candidate(self, group: str, version: int | None, *, after: str) -> Candidate | None:
        """Return the version to shadow, the newest that waits for approval where none is named.

        Raises:
            LookupError: the group has no such version.
            ClientError: AWS refuses, for another reason than that the group does not exist.
        """
        if version is None:
            arn = next(iter(self.newest(group, "PendingManualApproval", 1)), None)
        else:
            arn = self.pinned(group, version)
        if arn is None or number(arn) <= number(after):
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

    def made_from(self, arn: str) -> Mapping[str, str]:
        """Return commit, branch and author of a version, as far as its metadata tells them."""
        package = self._client().describe_model_package(ModelPackageName=arn)
        metadata = package.get("CustomerMetadataProperties", {})
        return {name: metadata[name] for name in MADE_FROM if name in metadata}

    def model_data_url(self, arn: str) -> str:
        """Return where a version's archive lies on S3."""
        package = self._client().describe_model_package(ModelPackageName=arn)
        return str(package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"])


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

    def model_data_url(self, arn: str) -> str:
        """Return where the archive of a made-up version would lie."""
        return f"s3://versions/{arn.rpartition('/')[2]}/model.tar.gz"


def _client(region: str) -> SageMakerClient:
    # A program that pins nothing and is only drawn need not pay for importing boto3.
    import boto3  # noqa: PLC0415 - see above

    return boto3.client("sagemaker", region_name=region)
