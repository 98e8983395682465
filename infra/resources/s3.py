"""S3: buckets, the settings beside them, and objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError
from botocore.model import StructureShape

from infra.resources._walk import tags_from_aws
from infra.resources.handler import Clients, Created, InputError, Properties
from infra.resources.naming import AutoName
from infra.resources.row import Row
from infra.resources.s3_objects import TYPES as OBJECTS

DEFAULT_REGION = "us-east-1"
"""The one region that ``LocationConstraint`` must not name."""


class Bucket(Row):
    """A bucket by itself; its settings are resources of their own."""

    def create(self, aws: Clients, inputs: Properties) -> Created:
        """Create it in the clients' region and tag it."""
        s3, name = aws("s3"), inputs["bucket"]
        where = {"LocationConstraint": aws.region}
        at = {} if aws.region == DEFAULT_REGION else {"CreateBucketConfiguration": where}
        if self._exists(aws, name):  # us-east-1 would answer 200 to its owner
            raise ClientError(
                {
                    "Error": {
                        "Code": "BucketAlreadyOwnedByYou",
                        "Message": f"bucket {name} exists already, and not in this stack",
                    }
                },
                "CreateBucket",
            )
        locked = {"ObjectLockEnabledForBucket": True} if inputs.get("objectLockEnabled") else {}
        s3.create_bucket(Bucket=name, **at, **locked)
        if tags := inputs.get("tags"):
            self._tag(aws, name, tags)
        outputs = self._outputs(aws, inputs)
        return Created(id=name, outputs=outputs)

    def read(self, aws: Clients, resource_id: str, outputs: Properties) -> Created | None:
        """Return the bucket with its tags."""
        if not self._exists(aws, resource_id):
            return None
        found = self._outputs(aws, {**outputs, "bucket": resource_id})
        tags = self._tags(aws, resource_id)
        if tags or outputs.get("tags"):
            found |= {"tags": tags, "tagsAll": tags}
        return Created(id=resource_id, outputs=found)

    def update(self, aws: Clients, resource_id: str, old: Properties, new: Properties) -> Created:
        """Change the tags."""
        if old.get("tags") != new.get("tags"):
            self._tag(aws, resource_id, new.get("tags") or {})
        return Created(id=resource_id, outputs=self._outputs(aws, new))

    def delete(self, aws: Clients, resource_id: str, outputs: Properties) -> None:
        """Delete it, with ``forceDestroy`` all that is in it first."""
        s3 = aws("s3")
        try:
            if outputs.get("forceDestroy"):
                empty(s3, resource_id)
            s3.delete_bucket(Bucket=resource_id)
        except ClientError as error:
            if not self.is_gone(error):
                raise

    def _exists(self, aws: Clients, name: str) -> bool:
        try:
            aws("s3").head_bucket(Bucket=name)
        except ClientError as error:
            if self.is_gone(error):
                return False
            raise
        return True

    @staticmethod
    def _outputs(aws: Clients, inputs: Properties) -> dict[str, Any]:
        name = inputs["bucket"]
        outputs = {
            **inputs,
            "arn": f"arn:aws:s3:::{name}",
            "bucketDomainName": f"{name}.s3.amazonaws.com",
            "bucketRegionalDomainName": f"{name}.s3.{aws.region}.amazonaws.com",
            "bucketRegion": aws.region,
            "region": aws.region,
        }
        if inputs.get("tags"):
            outputs["tagsAll"] = inputs["tags"]
        return outputs

    @staticmethod
    def _tag(aws: Clients, name: str, tags: Mapping[str, str]) -> None:
        if tags:
            tag_set = [{"Key": key, "Value": value} for key, value in tags.items()]
            aws("s3").put_bucket_tagging(Bucket=name, Tagging={"TagSet": tag_set})
        else:
            aws("s3").delete_bucket_tagging(Bucket=name)

    @staticmethod
    def _tags(aws: Clients, name: str) -> dict[str, str]:
        try:
            return tags_from_aws(aws("s3").get_bucket_tagging(Bucket=name)["TagSet"])
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchTagSet":
                return {}
            raise


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


def empty(s3: Any, bucket: str) -> None:
    """Delete every object, version and delete marker of a bucket."""
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        held = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        doomed = [{"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in held]
        if doomed:
            s3.delete_objects(Bucket=bucket, Delete={"Objects": doomed, "Quiet": True})


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
    Bucket(
        token="aws:s3/bucket:Bucket",
        service="s3",
        create_op="CreateBucket",
        read_op="HeadBucket",
        delete_op="DeleteBucket",
        key={"Bucket": "bucket"},
        id="bucket",
        autoname=AutoName("bucket", 63, lower=True),
        defaults={"forceDestroy": False},
        extra=frozenset({"forceDestroy", "tags", "objectLockEnabled"}),
        replace_on=frozenset({"bucket", "bucketPrefix", "objectLockEnabled"}),
        stateful=True,
    ),
    Setting(
        token="aws:s3/bucketVersioning:BucketVersioning",
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
        service="s3",
        create_op="PutBucketNotificationConfiguration",
        update_op="PutBucketNotificationConfiguration",
        read_op="GetBucketNotificationConfiguration",
        delete_op="PutBucketNotificationConfiguration",
        blank={"NotificationConfiguration": {}},
        replace_on=frozenset({"bucket"}),
    ),
    *OBJECTS,
)
