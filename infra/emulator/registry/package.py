"""One model package as the registry holds it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from infra.emulator.sagemaker_api import present

KEPT = (
    "ModelPackageDescription",
    "InferenceSpecification",
    "SourceAlgorithmSpecification",
    "ValidationSpecification",
    "MetadataProperties",
    "ModelMetrics",
    "CustomerMetadataProperties",
    "DriftCheckBaselines",
    "Domain",
    "Task",
    "SamplePayloadUrl",
    "AdditionalInferenceSpecifications",
    "SkipModelValidation",
    "SourceUri",
    "SecurityConfig",
    "ModelCard",
    "ModelLifeCycle",
    "ApprovalDescription",
)
"""Members of CreateModelPackage and UpdateModelPackage that come back as they were given."""


class ModelPackage:
    """A version of a group, or a package of its own name."""

    def __init__(
        self,
        asked: Mapping[str, Any],
        *,
        arn: str,
        version: int | None,
        created: datetime,
        by: Mapping[str, Any],
    ) -> None:
        self.arn = arn
        self.model_package_name: str = (
            asked.get("ModelPackageGroupName") or asked["ModelPackageName"]
        )
        self.model_package_group_name: str | None = asked.get("ModelPackageGroupName")
        self.model_package_version = version
        self.creation_time = created
        self.created_by = by
        self.last_modified_time: datetime | None = None
        self.last_modified_by: Mapping[str, Any] | None = None
        self.tags: list[dict[str, str]] = list(asked.get("Tags") or [])
        self.client_token: str | None = asked.get("ClientToken")
        self.certify_for_marketplace = bool(asked.get("CertifyForMarketplace"))
        self.model_approval_status: str | None = asked.get("ModelApprovalStatus") or (
            "PendingManualApproval" if version is not None else None
        )
        self.fields: dict[str, Any] = {
            name: asked[name] for name in KEPT if asked.get(name) is not None
        }

    @property
    def response_object(self) -> dict[str, Any]:
        """Return DescribeModelPackage's answer."""
        versioned = self.model_package_version is not None
        return self.fields | present(
            [
                ("ModelPackageName", None if versioned else self.model_package_name),
                ("ModelPackageGroupName", self.model_package_group_name),
                ("ModelPackageVersion", self.model_package_version),
                ("ModelPackageArn", self.arn),
                ("CreationTime", self.creation_time),
                ("ModelPackageStatus", "Completed"),
                ("ModelPackageStatusDetails", {"ValidationStatuses": [], "ImageScanStatuses": []}),
                ("CertifyForMarketplace", self.certify_for_marketplace),
                ("ModelApprovalStatus", self.model_approval_status),
                ("CreatedBy", self.created_by),
                ("LastModifiedTime", self.last_modified_time),
                ("LastModifiedBy", self.last_modified_by),
            ]
        )

    def gen_response_object(self) -> dict[str, Any]:
        """Return what moto's Search shows."""
        return self.response_object

    def summary(self) -> dict[str, Any]:
        """Return the row of ListModelPackages."""
        found = self.response_object
        members = (
            "ModelPackageName",
            "ModelPackageGroupName",
            "ModelPackageVersion",
            "ModelPackageArn",
            "ModelPackageDescription",
            "CreationTime",
            "ModelPackageStatus",
            "ModelApprovalStatus",
            "ModelLifeCycle",
        )
        return {name: found[name] for name in members if name in found}
