"""Kinesis data streams."""

from __future__ import annotations

from typing import Any

import pytest

from infra.emulator.server import Emulator
from infra.resources.clients import EndpointClients
from infra.resources.handler import InputError
from infra.resources.kinesis import TYPES
from infra.resources.lambda_ import TYPES as LAMBDA_TYPES
from tests.emulator.support import function
from tests.resources.types import assert_lives, of, stand

STREAM = of(TYPES, "aws:kinesis/stream:Stream")
MAPPING = of(LAMBDA_TYPES, "aws:lambda/eventSourceMapping:EventSourceMapping")


@pytest.fixture
def declared(aws: EndpointClients) -> dict[str, Any]:
    key = aws("kms").create_key()["KeyMetadata"]["Arn"]
    return {
        "encryptionType": "KMS",
        "kmsKeyId": key,
        "retentionPeriod": 48,
        "shardCount": 1,
        "streamModeDetails": {"streamMode": "PROVISIONED"},
        "tags": {"team": "flights"},
    }


def test_a_stream_reads_back_as_declared_and_goes(
    aws: EndpointClients, declared: dict[str, Any]
) -> None:
    standing = stand(STREAM, aws, "weather", declared)
    assert standing.id == standing.outputs["arn"]
    assert_lives(standing)


def test_an_on_demand_stream_counts_its_own_shards(aws: EndpointClients) -> None:
    on_demand = {"name": "free", "streamModeDetails": {"streamMode": "ON_DEMAND"}}
    standing = stand(STREAM, aws, "free", on_demand)
    assert "shardCount" not in standing.outputs
    assert_lives(standing)
    with pytest.raises(InputError, match="shardCount must be given for PROVISIONED alone"):
        STREAM.check("free", {**on_demand, "shardCount": 2})


def test_a_changed_stream_keeps_its_records(aws: EndpointClients, declared: dict[str, Any]) -> None:
    standing = stand(STREAM, aws, "changing", declared)
    name = standing.outputs["name"]
    aws("kinesis").put_record(StreamName=name, Data=b"kept", PartitionKey="k")
    changed = standing.changed(
        retentionPeriod=24, kmsKeyId=None, encryptionType=None, tags={"a": "b"}
    )
    assert changed.outputs["retentionPeriod"] == 24
    assert changed.outputs["tags"] == {"a": "b"}
    held = aws("kinesis").describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
    assert held["EncryptionType"] == "NONE"
    iterator = aws("kinesis").get_shard_iterator(
        StreamName=name, ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    (kept,) = aws("kinesis").get_records(ShardIterator=iterator)["Records"]
    assert kept["Data"] == b"kept"


def test_a_mapping_reads_back_as_declared_takes_changes_and_goes(
    aws: EndpointClients, declared: dict[str, Any], emulator: Emulator
) -> None:
    arn = stand(STREAM, aws, "mapped", declared).id
    named = function(emulator, "reader", "def handler(e, c): pass")
    letters = "arn:aws:sqs:us-east-1:123456789012:letters"
    standing = stand(
        MAPPING,
        aws,
        "mapping",
        {
            "batchSize": 50,
            "bisectBatchOnFunctionError": True,
            "destinationConfig": {"onFailure": {"destinationArn": letters}},
            "eventSourceArn": arn,
            "functionName": named,
            "functionResponseTypes": ["ReportBatchItemFailures"],
            "maximumRetryAttempts": 5,
            "startingPosition": "TRIM_HORIZON",
            "tags": {"team": "flights"},
        },
    )
    changed = standing.changed(batchSize=20, tags={"a": "b"})
    assert (changed.outputs["batchSize"], changed.outputs["tags"]) == (20, {"a": "b"})
    assert changed.id == standing.id
    changed.delete()
    assert changed.read() is None
