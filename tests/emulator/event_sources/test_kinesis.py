"""Functions that are given what arrives on a stream."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.emulator.server import Emulator
from tests.emulator.support import REGION, function

PARTS = ("credentials", "admin", "lambdas", "event_sources", "messaging")

# Keeps what it is given on a queue, and fails on what says so.
CONSUMER = """
import base64, json, os, boto3
sqs = boto3.client("sqs")
def handler(event, context):
    texts = [base64.b64decode(r["kinesis"]["data"]).decode() for r in event["Records"]]
    sqs.send_message(QueueUrl=os.environ["SEEN"], MessageBody=json.dumps(texts))
    if os.environ.get("PARTIAL"):
        return {"batchItemFailures": [
            {"itemIdentifier": r["kinesis"]["sequenceNumber"]}
            for r, text in zip(event["Records"], texts) if text.startswith("bad")
        ]}
    if any(text.startswith("bad") for text in texts):
        raise ValueError("bad")
"""


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with Emulator(workspace=tmp_path_factory.mktemp("workspace"), parts=PARTS) as running:
        yield running


@dataclass(frozen=True)
class Consumer:
    """A stream of one shard and the function that reads it."""

    emulator: Emulator
    name: str
    stream_arn: str
    uuid: str = ""

    def put(self, *texts: str) -> None:
        records = [{"Data": text.encode(), "PartitionKey": "k"} for text in texts]
        self.client("kinesis").put_records(StreamName=self.name, Records=records)

    def seen(self) -> list[list[str]]:
        """Return the batches that the function was given since the last look."""
        return [json.loads(body) for body in self.taken("seen")]

    def given_up(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body in self.taken("lost")]

    def taken(self, queue: str) -> list[str]:
        sqs, bodies = self.client("sqs"), []
        url = sqs.get_queue_url(QueueName=f"{self.name}-{queue}")["QueueUrl"]
        while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in found:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                bodies.append(message["Body"])
        return bodies

    def advance(self, **span: float) -> None:
        clock = self.emulator.context.clock
        clock.advance_to(clock.now() + timedelta(**span))

    def client(self, service: str) -> Any:
        return self.emulator.context.client(service, REGION)


def consumer(
    emulator: Emulator,
    name: str,
    *,
    before: tuple[str, ...] = (),
    partial: bool = False,
    **mapping: Any,
) -> Consumer:
    client = emulator.context.client
    client("kinesis", REGION).create_stream(StreamName=name, ShardCount=1)
    described = client("kinesis", REGION).describe_stream_summary(StreamName=name)
    made = Consumer(emulator, name, described["StreamDescriptionSummary"]["StreamARN"])
    sqs = client("sqs", REGION)
    seen = sqs.create_queue(QueueName=f"{name}-seen")["QueueUrl"]
    sqs.create_queue(QueueName=f"{name}-lost")
    if before:
        made.put(*before)
    environment = {"SEEN": seen, **({"PARTIAL": "1"} if partial else {})}
    function(emulator, name, CONSUMER, Timeout=60, Environment={"Variables": environment})
    lost = f"arn:aws:sqs:{REGION}:123456789012:{name}-lost"
    uuid = client("lambda", REGION).create_event_source_mapping(
        **{
            "EventSourceArn": made.stream_arn,
            "FunctionName": name,
            "StartingPosition": "TRIM_HORIZON",
            "DestinationConfig": {"OnFailure": {"Destination": lost}},
            "FunctionResponseTypes": ["ReportBatchItemFailures"] if partial else [],
            **mapping,
        }
    )["UUID"]
    emulator.settle()
    return Consumer(emulator, name, made.stream_arn, uuid)


def test_records_come_in_order_in_batches_of_at_most_the_size(emulator: Emulator) -> None:
    reading = consumer(emulator, "ordered", before=("a", "b", "c"), BatchSize=2)
    assert reading.seen() == [["a", "b"], ["c"]]
    reading.put("d")
    emulator.settle()
    assert reading.seen() == [["d"]]


def test_a_mapping_of_the_latest_is_given_nothing_from_before(emulator: Emulator) -> None:
    reading = consumer(emulator, "latest", before=("old",), StartingPosition="LATEST")
    reading.put("new")
    emulator.settle()
    assert reading.seen() == [["new"]]


def test_a_batch_waits_for_its_window_or_until_it_is_full(emulator: Emulator) -> None:
    reading = consumer(emulator, "window", BatchSize=3, MaximumBatchingWindowInSeconds=60)
    reading.put("a", "b")
    emulator.settle()
    assert reading.seen() == []
    reading.advance(seconds=61)
    assert reading.seen() == [["a", "b"]]
    reading.put("c", "d", "e")
    emulator.settle()
    assert reading.seen() == [["c", "d", "e"]]


def test_a_failing_batch_is_tried_again_and_then_given_up_whole(emulator: Emulator) -> None:
    reading = consumer(emulator, "whole", before=("a", "bad", "c"), MaximumRetryAttempts=1)
    reading.put("later")
    reading.advance(minutes=5)
    assert reading.seen() == [["a", "bad", "c"], ["a", "bad", "c"], ["later"]]
    (lost,) = reading.given_up()
    assert lost["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert lost["requestContext"]["approximateInvokeCount"] == 2
    info = lost["KinesisBatchInfo"]
    assert (info["startSequenceNumber"], info["endSequenceNumber"], info["batchSize"]) == (
        "1",
        "3",
        3,
    )


def test_splitting_leaves_only_the_bad_record_behind(emulator: Emulator) -> None:
    reading = consumer(
        emulator,
        "split",
        before=("a", "b", "bad", "d"),
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=0,
    )
    reading.advance(minutes=1)
    assert reading.seen() == [["a", "b", "bad", "d"], ["a", "b"], ["bad", "d"], ["bad"], ["d"]]
    (lost,) = reading.given_up()
    assert lost["KinesisBatchInfo"]["startSequenceNumber"] == "3"
    assert lost["KinesisBatchInfo"]["batchSize"] == 1


def test_letters_that_cannot_be_delivered_do_not_hold_up_the_shard(emulator: Emulator) -> None:
    nowhere = f"arn:aws:sqs:{REGION}:123456789012:no-such-queue"
    reading = consumer(
        emulator,
        "letterless",
        before=("bad",),
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": nowhere}},
    )
    reading.put("later")
    emulator.settle()
    assert reading.seen() == [["bad"], ["later"]]


def test_what_is_reported_as_failed_is_tried_again_from_there(emulator: Emulator) -> None:
    reading = consumer(
        emulator, "partial", before=("a", "bad", "c"), partial=True, MaximumRetryAttempts=1
    )
    reading.advance(minutes=5)
    assert reading.seen() == [["a", "bad", "c"], ["bad", "c"]]
    (lost,) = reading.given_up()
    assert lost["KinesisBatchInfo"]["startSequenceNumber"] == "2"


def test_a_disabled_mapping_reads_on_once_it_is_enabled(emulator: Emulator) -> None:
    reading = consumer(emulator, "asleep", Enabled=False)
    reading.put("a")
    emulator.settle()
    assert reading.seen() == []
    reading.client("lambda").update_event_source_mapping(UUID=reading.uuid, Enabled=True)
    emulator.settle()
    assert reading.seen() == [["a"]]
    reading.client("lambda").delete_event_source_mapping(UUID=reading.uuid)
    reading.put("b")
    emulator.settle()
    assert reading.seen() == []


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ({"TumblingWindowInSeconds": 30}, "TumblingWindowInSeconds is not emulated"),
        ({"FilterCriteria": {"Filters": [{"Pattern": "{}"}]}}, "FilterCriteria is not emulated"),
        ({"BatchSize": 10_001}, "BatchSize must be 1-10000, got 10001"),
    ],
)
def test_what_is_not_carried_out_is_refused(
    emulator: Emulator, mapping: dict[str, Any], words: str
) -> None:
    name = f"refused-{next(iter(mapping)).lower()}"
    with pytest.raises(ClientError, match=words):
        consumer(emulator, name, **mapping)
