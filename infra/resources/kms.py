"""KMS: customer keys and their aliases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from infra.resources._walk import json_equal
from infra.resources.handler import Clients, Created, Properties
from infra.resources.naming import AutoName
from infra.resources.row import Row, Tagging

DELETION_WINDOW_DAYS = 30


class Key(Row):
    """A customer key: rotation, policy and deletion window are operations of their own."""

    def after_create(self, aws: Clients, created: Created, inputs: Properties) -> None:
        """Switch rotation on, and the key off, where asked."""
        self._settle(aws, created.id, {}, inputs)

    def read(self, aws: Clients, resource_id: str, outputs: Properties) -> Created | None:
        """Return the key with its policy and rotation; one that is being deleted is gone."""
        kms = aws("kms")
        found = super().read(aws, resource_id, outputs)
        if found is None:
            return None
        held = kms.describe_key(KeyId=resource_id)["KeyMetadata"]
        if held["KeyState"] == "PendingDeletion":
            return None
        policy = kms.get_key_policy(KeyId=resource_id, PolicyName="default")["Policy"]
        declared = outputs.get("policy")
        rotation = kms.get_key_rotation_status(KeyId=resource_id)
        found.outputs.update(
            policy=declared if declared and json_equal(declared, policy) else policy,
            enableKeyRotation=rotation["KeyRotationEnabled"],
            isEnabled=held["Enabled"],
        )
        if rotation["KeyRotationEnabled"] and "rotationPeriodInDays" in rotation:
            found.outputs["rotationPeriodInDays"] = rotation["RotationPeriodInDays"]
        return found

    def update(self, aws: Clients, resource_id: str, old: Properties, new: Properties) -> Created:
        """Update description, policy, rotation and tags."""
        kms = aws("kms")
        if old.get("description") != new.get("description"):
            kms.update_key_description(KeyId=resource_id, Description=new.get("description", ""))
        if new.get("policy") and old.get("policy") != new["policy"]:
            kms.put_key_policy(KeyId=resource_id, PolicyName="default", Policy=new["policy"])
        self._settle(aws, resource_id, old, new)
        return super().update(aws, resource_id, old, new)

    def delete(self, aws: Clients, resource_id: str, outputs: Properties) -> None:
        """Schedule the deletion: KMS keeps a key for 7 to 30 days."""
        days = outputs.get("deletionWindowInDays", DELETION_WINDOW_DAYS)
        try:
            aws("kms").schedule_key_deletion(KeyId=resource_id, PendingWindowInDays=days)
        except ClientError as error:
            if error.response["Error"]["Code"] == "KMSInvalidStateException":
                return  # is being deleted already
            if not self.is_gone(error):
                raise

    @staticmethod
    def _settle(aws: Clients, key_id: str, old: Properties, new: Properties) -> None:
        kms = aws("kms")
        rotation = ("enableKeyRotation", "rotationPeriodInDays")
        if any(old.get(key) != new.get(key) for key in rotation):
            if new.get("enableKeyRotation"):
                period = new.get("rotationPeriodInDays")
                days = {"RotationPeriodInDays": period} if period else {}
                kms.enable_key_rotation(KeyId=key_id, **days)
            elif old.get("enableKeyRotation"):
                kms.disable_key_rotation(KeyId=key_id)
        if old.get("isEnabled", True) != new.get("isEnabled", True):
            (kms.enable_key if new.get("isEnabled", True) else kms.disable_key)(KeyId=key_id)


class Alias(Row):
    """A name for a key."""

    def described(self, aws: Clients, outputs: Properties) -> Mapping[str, Any] | None:
        """Look for the alias among all; KMS has no operation that describes one."""
        pages = aws("kms").get_paginator("list_aliases").paginate()
        held = [alias for page in pages for alias in page["Aliases"]]
        return next((alias for alias in held if alias["AliasName"] == outputs["name"]), None)

    def finish(
        self, aws: Clients, outputs: dict[str, Any], held: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Keep the target in the form it was given: key id or ARN."""
        prefix, _, _ = held["AliasArn"].rpartition(":alias/")
        outputs["targetKeyArn"] = f"{prefix}:key/{held['TargetKeyId']}"
        given = str(outputs.get("targetKeyId", ""))
        is_arn = given.startswith("arn:")
        outputs["targetKeyId"] = outputs["targetKeyArn"] if is_arn else held["TargetKeyId"]
        return super().finish(aws, outputs, held)

    def _readable(self, outputs: Properties) -> dict[str, Any]:
        readable = super()._readable(outputs)
        return {key: value for key, value in readable.items() if key != "targetKeyId"}


TYPES = (
    Key(
        token="aws:kms/key:Key",
        source="internal/service/kms/key.go",
        service="kms",
        create_op="CreateKey",
        read_op="DescribeKey",
        read_path="KeyMetadata",
        delete_op="ScheduleKeyDeletion",
        key={"KeyId": "keyId"},
        id="keyId",
        computed={
            "arn": "KeyMetadata.Arn || Arn",
            "keyId": "KeyMetadata.KeyId || KeyId",
        },
        defaults={
            "customerMasterKeySpec": "SYMMETRIC_DEFAULT",
            "keyUsage": "ENCRYPT_DECRYPT",
            "isEnabled": True,
            "enableKeyRotation": False,
        },
        renames={"customerMasterKeySpec": "KeySpec"},
        extra=frozenset(
            {
                "deletionWindowInDays",
                "enableKeyRotation",
                "isEnabled",
                "policy",
                "rotationPeriodInDays",
            }
        ),
        replace_on=frozenset(
            {"customKeyStoreId", "customerMasterKeySpec", "keyUsage", "multiRegion", "xksKeyId"}
        ),
        stateful=True,
        tagging=Tagging("TagResource", "UntagResource", "ListResourceTags", "KeyId", "keyId"),
    ),
    Alias(
        token="aws:kms/alias:Alias",
        source="internal/service/kms/alias.go",
        service="kms",
        create_op="CreateAlias",
        read_op="ListAliases",
        read_path="Aliases",
        update_op="UpdateAlias",
        delete_op="DeleteAlias",
        key={"AliasName": "name"},
        id="name",
        autoname=AutoName("name", 256, prefix="alias/"),
        renames={"name": "AliasName", "targetKeyId": "TargetKeyId"},
        computed={"arn": "AliasArn"},
        required=("targetKeyId",),
        replace_on=frozenset({"name", "namePrefix"}),
    ),
)
