"""SageMaker Studio: domains, and the profiles of those who work in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from infra.resources._waiting import wait_until_gone
from infra.resources.handler import Clients, Created, Properties
from infra.resources.sagemaker import SageMakerRow


@dataclass(frozen=True, kw_only=True)
class StudioRow(SageMakerRow):
    """A type that an update leaves unsettled for a while, as its creation does."""

    status: str = "Status"
    good: tuple[str, ...] = ("InService",)
    passing: tuple[str, ...] = ("Pending", "Updating", "Deleting")

    def update(self, aws: Clients, resource_id: str, old: Properties, new: Properties) -> Created:
        """Update in place and wait until it stands again.

        Raises:
            ClientError: it came to a bad end, which is its code.
        """
        updated = super().update(aws, resource_id, old, new)
        self.settled(aws, updated.outputs, str(self.update_op))
        return self.read(aws, resource_id, updated.outputs) or updated


class Domain(StudioRow):
    """A domain; its homes stay when it goes, unless its retention policy says otherwise."""

    def parameters(self, operation_name: str, inputs: Properties) -> dict[str, Any]:
        """Return what is sent; an update takes the settings of the domain by another name.

        What replaces the domain is not sent again.
        """
        if operation_name != self.update_op:
            return super().parameters(operation_name, inputs)
        kept = {key: value for key, value in inputs.items() if key not in self.replace_on}
        if "domainSettings" in kept:
            kept["domainSettingsForUpdate"] = kept.pop("domainSettings")
        return super().parameters(operation_name, kept)

    def delete(self, aws: Clients, resource_id: str, outputs: Properties) -> None:  # noqa: ARG002 - the protocol
        """Delete it with what it is told not to retain, and wait until it is gone."""
        policy = {"retentionPolicy": outputs.get("retentionPolicy") or {}}
        try:
            parameters = super().parameters(self.delete_op, policy)
            self.call(aws, self.delete_op, {**self._key(outputs), **parameters})
        except ClientError as error:
            if not self.is_gone(error):
                raise
        wait_until_gone(lambda: self._there(aws, outputs), operation=self.delete_op)


TYPES = (
    Domain(
        token="aws:sagemaker/domain:Domain",
        source="internal/service/sagemaker/domain.go",
        create_op="CreateDomain",
        read_op="DescribeDomain",
        update_op="UpdateDomain",
        delete_op="DeleteDomain",
        key={"DomainId": "id"},
        id="id",
        computed={
            "arn": "DomainArn",
            "homeEfsFileSystemId": "HomeEfsFileSystemId",
            "id": "DomainId",
            "securityGroupIdForDomainBoundary": "SecurityGroupIdForDomainBoundary",
            "url": "Url",
        },
        defaults={"appNetworkAccessType": "PublicInternetOnly", "tagPropagation": "DISABLED"},
        extra=frozenset({"retentionPolicy"}),
        required=("authMode", "defaultUserSettings", "domainName", "subnetIds", "vpcId"),
        # Of domainSettings, pulumi-aws replaces the domain for its security groups alone.
        replace_on=frozenset(
            {"authMode", "domainName", "kmsKeyId", "retentionPolicy", "subnetIds", "vpcId"}
        ),
        stateful=True,
        delete_before_replace=True,
    ),
    StudioRow(
        token="aws:sagemaker/userProfile:UserProfile",
        source="internal/service/sagemaker/user_profile.go",
        create_op="CreateUserProfile",
        read_op="DescribeUserProfile",
        update_op="UpdateUserProfile",
        delete_op="DeleteUserProfile",
        key={"DomainId": "domainId", "UserProfileName": "userProfileName"},
        id="arn",
        computed={"arn": "UserProfileArn", "homeEfsFileSystemUid": "HomeEfsFileSystemUid"},
        required=("domainId", "userProfileName"),
        replace_on=frozenset(
            {
                "domainId",
                "singleSignOnUserIdentifier",
                "singleSignOnUserValue",
                "userProfileName",
            }
        ),
        delete_before_replace=True,
    ),
)
