"""Observations put on a stream that stands on the emulator, and where they end."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from components.code import FunctionCode
from components.feature_store import FeatureGroupDefinition, FeatureStore, FeatureStoreArgs
from components.feature_stream import FeatureStream, FeatureStreamArgs
from infra.apply.up import up
from infra.emulator.server import Emulator
from pipelines.build import lambdas
from pipelines.flights.schema import FEATURE_GROUPS, STREAMS
from tests.apply.conftest import Declared
from tests.unit.components.support import TAGS

ROOT = Path(__file__).parents[2]
WEATHER: dict[str, Any] = next(dict(one) for one in FEATURE_GROUPS if one["name"] == "weather")
OBSERVATION = {"origin": "JFK", "year": 2013, "month": 3, "day": 5, "hour": 14, "temp": 39.02}


def declare() -> None:
    key = aws.kms.Key("key", description="test")
    bucket = aws.s3.Bucket("data")
    store = FeatureStore(
        "store",
        FeatureStoreArgs(
            name_prefix="streamed",
            groups=[FeatureGroupDefinition(**WEATHER)],
            bucket=bucket.bucket,
            prefix="features",
            key_arn=key.arn,
            tags=TAGS,
        ),
    )
    code = lambdas("flights", STREAMS)["stream-weather"]
    stream = FeatureStream(
        "weather",
        FeatureStreamArgs(
            stream_name="streamed-weather",
            feature_group=store.group_names["weather"],
            code=FunctionCode(
                handler=code["handler"], files={name: ROOT / name for name in code["files"]}
            ),
            data_key_arn=key.arn,
            key_arn=key.arn,
            log_group_name="/mlops/weather-stream",
            tags=TAGS,
            shard_count=1,
            window_seconds=0,
        ),
    )
    pulumi.export("letters", stream.dead_letters_arn)


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with Emulator(workspace=tmp_path_factory.mktemp("workspace")) as running:
        yield running


def test_records_reach_the_store_and_what_is_none_the_dead_letters(emulator: Emulator) -> None:
    stood = up(Declared(declare=declare), emulator.endpoint_url)
    assert not stood.failed
    assert up(Declared(declare=declare), emulator.endpoint_url).changes == 0

    sent: list[Any] = [
        {**OBSERVATION, "humid": 101},
        {**OBSERVATION, "hour": 15, "temp": "warm"},
        {**OBSERVATION, "hour": 16, "temp": "41.0"},
        {**OBSERVATION, "temp": 40.5},
        "no json",
    ]
    bodies = [one if isinstance(one, str) else json.dumps(one) for one in sent]
    client(emulator, "kinesis").put_records(
        StreamName="streamed-weather",
        Records=[{"Data": body.encode(), "PartitionKey": "JFK"} for body in bodies],
    )
    emulator.settle()

    first = {"origin_hour": "JFK|2013-03-05T14", "event_time": "2013-03-05T14:00:00Z"}
    assert get(emulator, "JFK|2013-03-05T14") == {**first, "temp": "40.5"}
    assert get(emulator, "JFK|2013-03-05T15") == {}
    assert get(emulator, "JFK|2013-03-05T16")["temp"] == "41.0"
    letters = {one["data"]: one["reason"] for one in taken(emulator, stood.outputs["letters"])}
    assert letters.pop(encoded(bodies[1])) == "temp must be a number, got 'warm'"
    assert letters.pop(encoded("no json")).startswith("record must be JSON")
    assert letters == {}


def get(emulator: Emulator, identifier: str) -> dict[str, str]:
    found = client(emulator, "sagemaker-featurestore-runtime").get_record(
        FeatureGroupName="streamed-weather", RecordIdentifierValueAsString=identifier
    )
    return {one["FeatureName"]: one["ValueAsString"] for one in found.get("Record", [])}


def taken(emulator: Emulator, queue_arn: str) -> list[dict[str, Any]]:
    sqs, bodies = client(emulator, "sqs"), []
    url = sqs.get_queue_url(QueueName=queue_arn.rsplit(":", 1)[-1])["QueueUrl"]
    while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        bodies += [json.loads(one["Body"]) for one in found]
    return bodies


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def client(emulator: Emulator, service: str) -> Any:
    return emulator.context.client(service, "us-east-1")
