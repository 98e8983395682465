"""Which versions an endpoint is to serve, and which it serves: the one computation of both.

``mlops verify``, ``mlops status``, the program and the monitor's function all ask here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from pipelines.shared.serving.variants import MISSING, Variant, configuration, variants

Choice = Literal["newest", "previous"] | int
"""What a variant is to serve of the approved versions, or a version's number."""


class Approvals(Protocol):
    """Knows what was approved."""

    def newest_approved(self, group: str) -> str | None:
        """Return the ARN of the newest approved version; ``None`` before there is any."""

    def previous_approved(self, group: str) -> str | None:
        """Return the ARN approved before the newest; ``None`` before there are two."""

    def pinned(self, group: str, version: int) -> str:
        """Return the ARN of one version.

        Raises:
            LookupError: the group has no such version.
        """


@dataclass(frozen=True)
class Pair:
    """A variant that answers: what it is to serve beside what it serves."""

    variant: str
    approved: str | None
    """ARN of the version that the stack file chooses of those approved."""
    live: str | None
    """ARN of the version behind the variant; ``None`` where there is no such variant."""

    @property
    def differs(self) -> bool:
        """Whether something else is live than is to be."""
        return self.approved != self.live

    @property
    def difference(self) -> str:
        """What is live instead of what, as people say it."""
        approved, live = said(self.approved), said(self.live)
        return f"variant {self.variant}: version {approved} is to serve, {live} does"


def said(arn: str | None) -> str:
    """Return the number of a version as people say it."""
    return "none" if arn is None else arn.rpartition("/")[2]


def number(arn: str) -> int:
    """Return the number of a version."""
    return int(arn.rpartition("/")[2])


def chosen(approvals: Approvals, group: str, choices: Mapping[str, Choice]) -> dict[str, str]:
    """Return by variant the ARN that it is to serve; nothing before the first was approved.

    Where only one version was approved so far, ``previous`` is that one: the names of an endpoint's
    variants must stay as they are, or SageMaker shifts no traffic.

    Raises:
        LookupError: a pinned version is not in the registry.
    """
    found: dict[str, str] = {}
    for variant, choice in choices.items():
        if choice == "newest":
            arn = approvals.newest_approved(group)
        elif choice == "previous":
            arn = approvals.previous_approved(group) or approvals.newest_approved(group)
        else:
            arn = approvals.pinned(group, choice)
        if arn is None:
            return {}
        found[variant] = arn
    return found


def pairs(wanted: Mapping[str, str], live: Sequence[Variant]) -> list[Pair]:
    """Return each variant that is to answer or does."""
    served = {one.name: one.package for one in live if not one.shadow}
    return [
        Pair(variant=name, approved=wanted.get(name), live=served.get(name))
        for name in dict.fromkeys([*wanted, *served])
    ]


def compare(sagemaker: Any, endpoint: str, choices: Mapping[str, Choice]) -> list[Pair]:  # noqa: ANN401 - boto3's
    """Compare an endpoint with the registry's group of the same name.

    Raises:
        LookupError: a pinned version is not in the registry.
        botocore.exceptions.ClientError: AWS does not let registry or endpoint be read.
    """
    wanted = chosen(Registry(lambda: sagemaker), endpoint, choices)
    name = configuration(sagemaker, endpoint)
    return pairs(wanted, [] if name is None else answering(sagemaker, name)[0])


def answering(sagemaker: Any, name: str) -> tuple[list[Variant], Mapping[str, Any] | None]:  # noqa: ANN401 - boto3's
    """Return the variants of a configuration, and itself; ``None`` where that is gone."""
    try:
        config = sagemaker.describe_endpoint_config(EndpointConfigName=name)
        return variants(sagemaker, config), config
    except sagemaker.exceptions.ClientError as error:
        if error.response["Error"]["Code"] in MISSING:
            return [], None
        raise


class Registry:
    """Asks the SageMaker model registry."""

    def __init__(self, client: Callable[[], Any]) -> None:
        self._client = client

    def newest_approved(self, group: str) -> str | None:
        """Return the ARN of the newest approved version; ``None`` before there is any.

        Raises:
            ClientError: AWS refuses, for another reason than that the group does not exist.
        """
        return next(iter(self.newest(group, "Approved", 1)), None)

    def previous_approved(self, group: str) -> str | None:
        """Return the ARN approved before the newest; ``None`` before there are two.

        Raises:
            ClientError: AWS refuses, for another reason than that the group does not exist.
        """
        return next(iter(self.newest(group, "Approved", 2)[1:]), None)

    def newest(self, group: str, status: str, count: int) -> list[str]:
        """Return the ARNs of the newest versions of a status, none where there is no group.

        Raises:
            ClientError: AWS refuses, for another reason than that the group does not exist.
        """
        sagemaker = self._client()
        # The exceptions of boto3 come with a client: this module is imported without either.
        from botocore.exceptions import ClientError  # noqa: PLC0415 - see above

        try:
            found = sagemaker.list_model_packages(
                ModelPackageGroupName=group,
                ModelApprovalStatus=status,
                SortBy="CreationTime",
                SortOrder="Descending",
                MaxResults=count,
            )["ModelPackageSummaryList"]
        except ClientError as error:
            if group_is_missing(error.response["Error"]):
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
            if number(arn) == version:
                return str(arn)
        known = sorted(map(number, arns))
        raise LookupError(f"model_version of {group} must be one of {known}, got {version}")


def group_is_missing(error: Mapping[str, Any]) -> bool:
    """Tell "no such group" by its text: the operation documents no error of its own for it."""
    code, message = error.get("Code", ""), error.get("Message", "").lower()
    return code in {"ResourceNotFound", "ResourceNotFoundException"} or (
        code == "ValidationException" and ("does not exist" in message or "not find" in message)
    )
