"""Settings of S3 buckets: versions, encryption, public access, policy, lifecycle, and the like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError
from botocore.model import StructureShape

from infra.resources.handler import Clients, Created, InputError, Properties
from infra.resources.row import Row

NOT_PUT = frozenset(
    {
        "NoSuchBucketPolicy",
        "NoSuchLifecycleConfiguration",
        "NoSuchPublicAccessBlockConfiguration",
        "OwnershipControlsNotFoundError",
        "ServerSideEncryptionConfigurationNotFoundError",
    }
)

TARGETS: Mapping[str, tuple[str, str, str]] = {
    "lambdaFunctions": ("LambdaFunctionConfigurations", "lambdaFunctionArn", "LambdaFunctionArn"),
    "queues": ("QueueConfigurations", "queueArn", "QueueArn"),
    "topics": ("TopicConfigurations", "topicArn", "TopicArn"),
}


@dataclass(frozen=True, kw_only=True)
class Setting(Row):
    """A setting of a bucket: put, got and deleted under the bucket's name, which is the id."""

    wrap: tuple[str, ...] = ()
    """Members of the put that lead to the structure which holds the properties."""
    answer: str = ""
    """Member of what get answers that is that structure; empty when it is the answer itself."""
    answer_as: str = ""
    """Member of the structure that get's answer is."""
    blank: Mapping[str, Any] | None = None
    """Put on deletion, for a setting that AWS has no delete for."""
    id: str = "bucket"
    key: Mapping[str, str] = field(default_factory=lambda: {"Bucket": "bucket"})
    required: tuple[str, ...] = ("bucket",)
    replace_on: frozenset[str] = frozenset({"bucket", "expectedBucketOwner"})
    extra: frozenset[str] = frozenset({"bucket", "expectedBucketOwner"})

    def shape(self, operation_name: str) -> StructureShape:
        """Return the shape that holds the properties: in a put, further down."""
        shape: Any = super().shape(operation_name)
        for member in self.wrap if operation_name == self.create_op else ():
            shape = shape.members[member]
        return shape  # type: ignore[no-any-return]  # botocore leaves its shapes untyped

    def parameters(self, operation_name: str, inputs: Properties) -> dict[str, Any]:
        """Wrap the properties, and add the bucket."""
        body = {key: value for key, value in inputs.items() if key not in self.extra}
        parameters = super().parameters(operation_name, body)
        for member in reversed(self.wrap):
            parameters = {member: parameters}
        return {"Bucket": inputs["bucket"], **parameters}

    def read_shape(self) -> StructureShape:
        """Return the shape of what was put: get answers in the same."""
        return self.shape(self.create_op)

    def described(self, aws: Clients, outputs: Properties) -> Mapping[str, Any] | None:
        """Return the setting; one that was never put, or was deleted, is gone."""
        try:
            held = self.call(aws, str(self.read_op), self._key(outputs))
        except ClientError as error:
            if error.response["Error"]["Code"] in NOT_PUT:
                return None
            raise
        held = {key: value for key, value in held.items() if key != "ResponseMetadata"}
        if self.answer:
            held = held.get(self.answer)
        if not held:
            return None
        return {self.answer_as: held} if self.answer_as else held

    def delete(self, aws: Clients, resource_id: str, outputs: Properties) -> None:
        """Delete the setting, or put a blank one."""
        if self.blank is None:
            super().delete(aws, resource_id, outputs)
            return
        try:
            self.call(aws, self.create_op, {"Bucket": outputs["bucket"], **self.blank})
        except ClientError as error:
            if not self.is_gone(error):
                raise


class Lifecycle(Setting):
    """Lifecycle rules: one without a filter is for every object."""

    def parameters(self, operation_name: str, inputs: Properties) -> dict[str, Any]:
        """Say "every object" where a rule says nothing."""
        parameters = super().parameters(operation_name, inputs)
        for rule in parameters["LifecycleConfiguration"]["Rules"]:
            if "Prefix" not in rule and not rule.get("Filter"):
                rule["Filter"] = {"Prefix": ""}
        return parameters


class Notification(Setting):
    """What a bucket tells whom: EventBridge everything, others by event and key."""

    def check_names(self, inputs: Properties) -> None:
        """Refuse what is not to be told.

        Raises:
            InputError: a property is unknown, or the bucket missing.
        """
        known = {*TARGETS, "eventbridge", "bucket", "region", "skipDestroyWait"}
        if odd := sorted(inputs.keys() - known):
            raise InputError(f"{odd[0]} is no property, there are: {sorted(known)}")
        super().check_names({"bucket": inputs["bucket"]} if "bucket" in inputs else {})

    def parameters(self, operation_name: str, inputs: Properties) -> dict[str, Any]:
        """Return the configuration; filters on keys are rules there."""
        if operation_name != self.create_op:
            return super().parameters(operation_name, inputs)
        told: dict[str, Any] = {"EventBridgeConfiguration": {}} if inputs.get("eventbridge") else {}
        for key, (member, target, arn) in TARGETS.items():
            if targets := inputs.get(key):
                told[member] = [_told(entry, target, arn) for entry in targets]
        return {"Bucket": inputs["bucket"], "NotificationConfiguration": told}

    def read(self, aws: Clients, resource_id: str, outputs: Properties) -> Created | None:
        """Return what the bucket tells; nothing is the same as no resource."""
        try:
            held = aws("s3").get_bucket_notification_configuration(Bucket=outputs["bucket"])
        except ClientError as error:
            if self.is_gone(error):
                return None
            raise
        declared = self.parameters(self.create_op, outputs)["NotificationConfiguration"]
        held = {key: value for key, value in held.items() if key != "ResponseMetadata"}
        if not held and declared:
            return None
        read = dict(outputs)
        if "eventbridge" in outputs:
            read["eventbridge"] = "EventBridgeConfiguration" in held
        for key, (member, target, arn) in TARGETS.items():
            if declared.get(member) or held.get(member):
                read[key] = [
                    _declared(entry, target, arn, before)
                    for entry, before in zip(
                        held.get(member, []),
                        [*outputs.get(key, []), *[{}] * len(held.get(member, []))],
                        strict=False,
                    )
                ]
        return Created(id=resource_id, outputs=read)


def _told(entry: Mapping[str, Any], target: str, arn: str) -> dict[str, Any]:
    told = {arn: entry[target], "Events": list(entry["events"])}
    if "id" in entry:
        told["Id"] = entry["id"]
    rules = [
        {"Name": name, "Value": entry[key]}
        for key, name in (("filterPrefix", "prefix"), ("filterSuffix", "suffix"))
        if entry.get(key)
    ]
    if rules:
        told["Filter"] = {"Key": {"FilterRules": rules}}
    return told


def _declared(
    entry: Mapping[str, Any], target: str, arn: str, before: Mapping[str, Any]
) -> dict[str, Any]:
    read = {target: entry[arn], "events": list(entry["Events"])}
    if "id" in before:
        read["id"] = entry["Id"]
    for rule in entry.get("Filter", {}).get("Key", {}).get("FilterRules", []):
        read[f"filter{rule['Name'].capitalize()}"] = rule["Value"]
    return read


TYPES = (
    Setting(
        token="aws:s3/bucketVersioning:BucketVersioning",
        source="internal/service/s3/bucket_versioning.go",
        service="s3",
        create_op="PutBucketVersioning",
        update_op="PutBucketVersioning",
        read_op="GetBucketVersioning",
        delete_op="PutBucketVersioning",
        answer_as="VersioningConfiguration",
        # Versions cannot be switched off again, only suspended.
        blank={"VersioningConfiguration": {"Status": "Suspended"}},
        renames={"mfa": "MFA"},
        required=("bucket", "versioningConfiguration"),
    ),
    Setting(
        token="aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        source="internal/service/s3/bucket_server_side_encryption_configuration.go",
        service="s3",
        create_op="PutBucketEncryption",
        update_op="PutBucketEncryption",
        read_op="GetBucketEncryption",
        delete_op="DeleteBucketEncryption",
        wrap=("ServerSideEncryptionConfiguration",),
        answer="ServerSideEncryptionConfiguration",
        required=("bucket", "rules"),
    ),
    Setting(
        token="aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        source="internal/service/s3/bucket_public_access_block.go",
        service="s3",
        create_op="PutPublicAccessBlock",
        update_op="PutPublicAccessBlock",
        read_op="GetPublicAccessBlock",
        delete_op="DeletePublicAccessBlock",
        wrap=("PublicAccessBlockConfiguration",),
        answer="PublicAccessBlockConfiguration",
        extra=frozenset({"bucket", "skipDestroy"}),
    ),
    Setting(
        token="aws:s3/bucketPolicy:BucketPolicy",
        source="internal/service/s3/bucket_policy.go",
        service="s3",
        create_op="PutBucketPolicy",
        update_op="PutBucketPolicy",
        read_op="GetBucketPolicy",
        delete_op="DeleteBucketPolicy",
        required=("bucket", "policy"),
        extra=frozenset({"bucket"}),
    ),
    Lifecycle(
        token="aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        source="internal/service/s3/bucket_lifecycle_configuration.go",
        service="s3",
        create_op="PutBucketLifecycleConfiguration",
        update_op="PutBucketLifecycleConfiguration",
        read_op="GetBucketLifecycleConfiguration",
        delete_op="DeleteBucketLifecycle",
        wrap=("LifecycleConfiguration",),
        required=("bucket", "rules"),
        extra=frozenset({"bucket", "expectedBucketOwner", "transitionDefaultMinimumObjectSize"}),
        defaults={"transitionDefaultMinimumObjectSize": "all_storage_classes_128K"},
    ),
    Setting(
        token="aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        source="internal/service/s3/bucket_ownership_controls.go",
        service="s3",
        create_op="PutBucketOwnershipControls",
        update_op="PutBucketOwnershipControls",
        read_op="GetBucketOwnershipControls",
        delete_op="DeleteBucketOwnershipControls",
        wrap=("OwnershipControls",),
        answer="OwnershipControls",
        required=("bucket", "rule"),
    ),
    Setting(
        token="aws:s3/bucketLogging:BucketLogging",
        source="internal/service/s3/bucket_logging.go",
        service="s3",
        create_op="PutBucketLogging",
        update_op="PutBucketLogging",
        read_op="GetBucketLogging",
        delete_op="PutBucketLogging",
        wrap=("BucketLoggingStatus", "LoggingEnabled"),
        answer="LoggingEnabled",
        blank={"BucketLoggingStatus": {}},
        required=("bucket", "targetBucket", "targetPrefix"),
    ),
    Notification(
        token="aws:s3/bucketNotification:BucketNotification",
        source="internal/service/s3/bucket_notification.go",
        service="s3",
        create_op="PutBucketNotificationConfiguration",
        update_op="PutBucketNotificationConfiguration",
        read_op="GetBucketNotificationConfiguration",
        delete_op="PutBucketNotificationConfiguration",
        blank={"NotificationConfiguration": {}},
        replace_on=frozenset({"bucket"}),
    ),
)
