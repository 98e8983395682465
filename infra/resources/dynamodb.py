"""Amazon DynamoDB: tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from infra.resources.handler import Clients, Created, Properties
from infra.resources.naming import AutoName
from infra.resources.row import Row, Tagging

_SETTINGS: Final = frozenset({"pointInTimeRecovery", "ttl"})
"""Switched on by operations of their own, once the table is active."""


class _Table(Row):
    """``aws:dynamodb/table:Table``; its id is the name."""

    def parameters(self, operation_name: str, inputs: Properties) -> dict[str, Any]:
        """Return the call's parameters; keys, capacity and stream as DynamoDB groups them."""
        parameters = super().parameters(operation_name, _renamed(inputs))
        if operation_name == "CreateTable":
            parameters["KeySchema"] = _key_schema(inputs)
        if inputs.get("billingMode") == "PROVISIONED":
            parameters["ProvisionedThroughput"] = _throughput(inputs)
        if "streamEnabled" in inputs:
            parameters["StreamSpecification"] = _stream(inputs)
        if "globalSecondaryIndexes" in inputs and operation_name == "CreateTable":
            parameters["GlobalSecondaryIndexes"] = [
                _index(index) for index in inputs["globalSecondaryIndexes"]
            ]
        return parameters

    def after_create(self, aws: Clients, created: Created, inputs: Properties) -> None:
        """Wait until the table is active, then switch on what is switched on separately."""
        aws("dynamodb").get_waiter("table_exists").wait(TableName=created.id)
        self._settle(aws, created.id, {}, inputs)

    def update(self, aws: Clients, resource_id: str, old: Properties, new: Properties) -> Created:
        """Update the table, then what is switched on separately.

        Raises:
            NotImplementedError: a global secondary index is to change.
        """
        if old.get("globalSecondaryIndexes") != new.get("globalSecondaryIndexes"):
            raise NotImplementedError(
                f"{self.token}: globalSecondaryIndexes cannot be changed here once the table stands"
            )
        self._settle(aws, resource_id, old, new)
        settled = {key: new[key] for key in _SETTINGS & new.keys()}
        return super().update(aws, resource_id, {**old, **settled}, new)

    def finish(
        self, aws: Clients, outputs: dict[str, Any], held: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Add what the separate operations tell."""
        dynamodb, name = aws("dynamodb"), outputs["name"]
        if "ttl" in outputs:
            ttl = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
            enabled = ttl["TimeToLiveStatus"] in {"ENABLED", "ENABLING"}
            outputs["ttl"] = {**outputs["ttl"], "enabled": enabled}
        if "pointInTimeRecovery" in outputs:
            backups = dynamodb.describe_continuous_backups(TableName=name)
            recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
            enabled = recovery["PointInTimeRecoveryStatus"] == "ENABLED"
            outputs["pointInTimeRecovery"] = {**outputs["pointInTimeRecovery"], "enabled": enabled}
        if "billingMode" in outputs:
            summary = held.get("BillingModeSummary") or {}
            outputs["billingMode"] = summary.get("BillingMode", "PROVISIONED")
        if "serverSideEncryption" in outputs:
            sse = held.get("SSEDescription") or {}
            enabled = sse.get("Status") in {"ENABLED", "ENABLING", "UPDATING"}
            outputs["serverSideEncryption"] = {
                **outputs["serverSideEncryption"],
                "enabled": enabled,
            }
        return super().finish(aws, outputs, held)

    @staticmethod
    def _settle(aws: Clients, name: str, old: Properties, new: Properties) -> None:
        dynamodb = aws("dynamodb")
        if (ttl := new.get("ttl")) and ttl != old.get("ttl"):
            dynamodb.update_time_to_live(
                TableName=name,
                TimeToLiveSpecification={
                    "AttributeName": ttl["attributeName"],
                    "Enabled": ttl.get("enabled", True),
                },
            )
        recovery = new.get("pointInTimeRecovery")
        if recovery and recovery != old.get("pointInTimeRecovery"):
            wanted = {"PointInTimeRecoveryEnabled": recovery["enabled"]}
            if "recoveryPeriodInDays" in recovery:
                wanted["RecoveryPeriodInDays"] = recovery["recoveryPeriodInDays"]
            dynamodb.update_continuous_backups(
                TableName=name, PointInTimeRecoverySpecification=wanted
            )


def _renamed(inputs: Properties) -> dict[str, Any]:
    hidden = {"globalSecondaryIndexes", "localSecondaryIndexes"}
    renamed = {key: value for key, value in inputs.items() if key not in hidden}
    if "localSecondaryIndexes" in inputs:
        renamed["localSecondaryIndexes"] = [
            {
                "indexName": index["name"],
                "keySchema": [
                    {"attributeName": inputs["hashKey"], "keyType": "HASH"},
                    {"attributeName": index["rangeKey"], "keyType": "RANGE"},
                ],
                "projection": _projection(index),
            }
            for index in inputs["localSecondaryIndexes"]
        ]
    return renamed


def _key_schema(inputs: Properties) -> list[dict[str, str]]:
    keys = [{"AttributeName": inputs["hashKey"], "KeyType": "HASH"}]
    if inputs.get("rangeKey"):
        keys.append({"AttributeName": inputs["rangeKey"], "KeyType": "RANGE"})
    return keys


def _throughput(inputs: Properties) -> dict[str, int]:
    return {
        "ReadCapacityUnits": inputs.get("readCapacity", 1),
        "WriteCapacityUnits": inputs.get("writeCapacity", 1),
    }


def _stream(inputs: Properties) -> dict[str, Any]:
    enabled = inputs["streamEnabled"]
    view = {"StreamViewType": inputs["streamViewType"]} if "streamViewType" in inputs else {}
    return {"StreamEnabled": enabled, **(view if enabled else {})}


def _index(index: Properties) -> dict[str, Any]:
    projection = _projection(index)
    return {
        "IndexName": index["name"],
        "KeySchema": _key_schema(index),
        "Projection": {key[0].upper() + key[1:]: value for key, value in projection.items()},
    }


def _projection(index: Properties) -> dict[str, Any]:
    projection: dict[str, Any] = {"projectionType": index["projectionType"]}
    if "nonKeyAttributes" in index:
        projection["nonKeyAttributes"] = index["nonKeyAttributes"]
    return projection


TYPES: Final = (
    _Table(
        token="aws:dynamodb/table:Table",
        source="internal/service/dynamodb/table.go",
        service="dynamodb",
        create_op="CreateTable",
        read_op="DescribeTable",
        read_path="Table",
        update_op="UpdateTable",
        delete_op="DeleteTable",
        key={"TableName": "name"},
        id="name",
        autoname=AutoName("name", maximum=255),
        computed={
            "arn": "TableDescription.TableArn || TableArn",
            "streamArn": "LatestStreamArn",
            "streamLabel": "LatestStreamLabel",
        },
        renames={
            "name": "TableName",
            "attributes": "AttributeDefinitions",
            "attributes.name": "AttributeName",
            "attributes.type": "AttributeType",
            "serverSideEncryption": "SSESpecification",
            "serverSideEncryption.kmsKeyArn": "KMSMasterKeyId",
        },
        defaults={"billingMode": "PROVISIONED"},
        extra=frozenset(
            {
                "hashKey",
                "rangeKey",
                "readCapacity",
                "writeCapacity",
                "streamEnabled",
                "streamViewType",
                "globalSecondaryIndexes",
                "localSecondaryIndexes",
                *_SETTINGS,
            }
        ),
        required=("attributes", "hashKey"),
        replace_on=frozenset({"name", "hashKey", "rangeKey", "localSecondaryIndexes"}),
        stateful=True,
        tagging=Tagging(
            "TagResource",
            "UntagResource",
            "ListTagsOfResource",
            target="ResourceArn",
        ),
    ),
)
