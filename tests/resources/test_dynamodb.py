"""DynamoDB tables."""

from __future__ import annotations

from typing import Any

import pytest

from infra.resources.clients import EndpointClients
from infra.resources.dynamodb import TYPES
from tests.resources.types import assert_lives, of, stand

TABLE = of(TYPES, "aws:dynamodb/table:Table")


@pytest.fixture
def declared(aws: EndpointClients) -> dict[str, Any]:
    key = aws("kms").create_key()["KeyMetadata"]["Arn"]
    return {
        "attributes": [
            {"name": "use_case", "type": "S"},
            {"name": "decided_at", "type": "S"},
        ],
        "billingMode": "PAY_PER_REQUEST",
        "hashKey": "use_case",
        "rangeKey": "decided_at",
        "pointInTimeRecovery": {"enabled": True},
        "serverSideEncryption": {"enabled": True, "kmsKeyArn": key},
        "tags": {"team": "flights"},
        "ttl": {"attributeName": "expires", "enabled": True},
    }


def test_a_table_reads_back_as_declared_and_goes(
    aws: EndpointClients, declared: dict[str, Any]
) -> None:
    assert_lives(stand(TABLE, aws, "decisions", declared))


def test_a_changed_table_keeps_its_rows_and_takes_the_change(
    aws: EndpointClients, declared: dict[str, Any]
) -> None:
    standing = stand(TABLE, aws, "changing", declared)
    row = {"use_case": {"S": "flights"}, "decided_at": {"S": "2013-03-01"}}
    aws("dynamodb").put_item(TableName=standing.id, Item=row)
    changed = standing.changed(
        deletionProtectionEnabled=True, pointInTimeRecovery={"enabled": False}, tags={"a": "b"}
    )
    assert changed.outputs["deletionProtectionEnabled"] is True
    assert changed.outputs["pointInTimeRecovery"] == {"enabled": False}
    assert changed.outputs["tags"] == {"a": "b"}
    assert aws("dynamodb").get_item(TableName=standing.id, Key=row)["Item"] == row


def test_an_index_cannot_be_changed_silently(
    aws: EndpointClients, declared: dict[str, Any]
) -> None:
    standing = stand(TABLE, aws, "indexed", declared)
    index = {"name": "by-time", "hashKey": "decided_at", "projectionType": "ALL"}
    with pytest.raises(NotImplementedError, match="globalSecondaryIndexes"):
        standing.changed(globalSecondaryIndexes=[index])


def test_a_table_is_replaced_for_its_keys_only() -> None:
    assert "hashKey" in TABLE.replace_on
    assert not {"ttl", "tags", "billingMode"} & TABLE.replace_on
