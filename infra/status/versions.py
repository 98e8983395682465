"""The versions of a model in the registry: figures, status, and who approved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from pipelines.shared.lineage.asking import Asking
from pipelines.shared.lineage.facts import Approval
from pipelines.shared.lineage.runs import execution
from pipelines.shared.lineage.version import approval, evaluation, generated_by, metrics
from pipelines.shared.release.versions import group_is_missing


@dataclass(frozen=True, kw_only=True, slots=True)
class Registered:
    """One version, in a row."""

    number: int
    arn: str
    status: str
    registered: datetime
    description: str
    approval: Approval
    metrics: Mapping[str, float]
    metadata: Mapping[str, str]
    gaps: Sequence[str]
    """What could not be learnt of it, and why."""


def versions(client: Any, group: str, *, count: int, after: str = "") -> tuple[list[str], str]:
    """Return the ARNs of one page of versions, newest first, and the token of the next, if any."""
    more = {"NextToken": after} if after else {}
    try:
        listed = client("sagemaker").list_model_packages(
            ModelPackageGroupName=group,
            SortBy="CreationTime",
            SortOrder="Descending",
            MaxResults=count,
            **more,
        )
    except ClientError as error:
        if group_is_missing(error.response["Error"]):
            return [], ""
        raise
    arns = [one["ModelPackageArn"] for one in listed["ModelPackageSummaryList"]]
    return arns, listed.get("NextToken", "")


def registered(client: Any, arn: str) -> Registered:
    """Return what a row of the registry says of a version."""
    asking = Asking(client)
    package = client("sagemaker").describe_model_package(ModelPackageName=arn)
    number = package.get("ModelPackageVersion", 0)
    metadata = package.get("CustomerMetadataProperties") or {}
    run = execution(asking, generated_by(package, metadata), number)
    return Registered(
        number=number,
        arn=arn,
        status=package.get("ModelApprovalStatus", ""),
        registered=package["CreationTime"],
        description=package.get("ModelPackageDescription", ""),
        approval=approval(asking, package, run),
        metrics=metrics(evaluation(asking, package, number)),
        metadata=metadata,
        gaps=tuple(asking.gaps),
    )
