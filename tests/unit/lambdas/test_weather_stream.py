"""Observations from a stream: the records that a batch would make of them, and what is none."""

from __future__ import annotations

import base64
import json
from typing import Any

import pandas as pd
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from pipelines.flights.lambdas.weather_stream import GROUP, record
from pipelines.flights.steps import features, features_transform
from pipelines.shared.steps import features_ingest
from pipelines.shared.stream.consumer import Stream, consume
from pipelines.shared.stream.records import RecordError, checked

OBSERVATION = {
    "origin": " jfk",
    "year": "2013",
    "month": "3",
    "day": "5",
    "hour": "14",
    "temp": "39.02",
    "dewp": "26.06",
    "humid": "59.37",
    "wind_dir": "270",
    "wind_speed": "10.35702",
    "wind_gust": None,
    "precip": "0",
    "pressure": "1012",
    "visib": "10",
}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"humid": "101", "temp": "-81"},
        {"wind_gust": "25.3", "pressure": None},
        {"hour": "24", "day": "31"},
        {"hour": "0", "origin": "EWR"},
    ],
)
def test_a_stream_and_a_batch_make_the_same_record_of_an_observation(
    changes: dict[str, str | None],
) -> None:
    observation = {**OBSERVATION, **changes}
    batch = features_transform.clean_weather(pd.DataFrame([observation], dtype="object"))
    (wanted,) = features_ingest.as_records(features.weather_records(batch), GROUP["features"])
    assert checked(record(observation), GROUP) == wanted


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"origin": None}, "origin must be an airport, got None"),
        ({"hour": "25"}, "hour must be 0-24, got '25'"),
        ({"month": None}, "month must be 1-12, got None"),
        ({"month": "2", "day": "30"}, "day must be one of its month, got '30'"),
        ({"temp": "warm"}, "temp must be a number, got 'warm'"),
        ({"temp": True}, "temp must be a number, got True"),
    ],
)
def test_an_observation_that_a_batch_would_not_take_is_refused(
    changes: dict[str, Any], rule: str
) -> None:
    with pytest.raises(RecordError) as told:
        record({**OBSERVATION, **changes})
    assert str(told.value) == rule


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"event_time": "2013-03-05T14:00:00Z"}, "id must be given, got None"),
        ({"id": "a", "event_time": "2013-03-05"}, "event_time must be ISO 8601"),
        ({"seats": 1.5}, "seats must be Integral, got 1.5"),
        ({"seats": 2**63}, "seats must be Integral"),
        ({"temp": float("inf")}, "temp must be Fractional, got inf"),
        ({"gusts": 1}, "gusts must be a feature of planes"),
    ],
)
def test_a_record_that_does_not_fit_its_group_is_refused(values: dict[str, Any], rule: str) -> None:
    group = {
        "name": "planes",
        "record_identifier": "id",
        "event_time": "event_time",
        "features": {
            "id": "String",
            "event_time": "String",
            "seats": "Integral",
            "temp": "Fractional",
        },
    }
    key = {} if "event_time" in values else {"id": "a", "event_time": "2013-03-05T14:00:00Z"}
    with pytest.raises(RecordError) as told:
        checked({**key, **values}, group)
    assert str(told.value).startswith(rule)


class Store:
    """Takes records, but for those whose airport is told."""

    def __init__(self, **errors: Exception) -> None:
        self.errors = errors
        self.taken: list[dict[str, str]] = []

    def put_record(self, **asked: Any) -> None:
        assert asked["FeatureGroupName"] == "stack-weather"
        values = {one["FeatureName"]: one["ValueAsString"] for one in asked["Record"]}
        if error := self.errors.get(values["origin_hour"][:3]):
            raise error
        self.taken.append(values)


class Letters:
    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []

    def send_message(self, **asked: str) -> None:
        assert asked["QueueUrl"] == "https://letters"
        self.bodies.append(json.loads(asked["MessageBody"]))


def event(*observations: Any) -> dict[str, Any]:
    return {
        "Records": [
            {
                "eventID": f"shardId-0:{number}",
                "eventSourceARN": "arn:aws:kinesis:us-east-1:1:stream/s",
                "kinesis": {
                    "partitionKey": "k",
                    "sequenceNumber": str(number),
                    "data": base64.b64encode(json.dumps(one).encode()).decode(),
                },
            }
            for number, one in enumerate(observations, 1)
        ]
    }


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "PutRecord")


def test_what_fails_for_now_is_reported_and_the_others_are_written() -> None:
    store = Store(LGA=refusal("ThrottlingException"), EWR=EndpointConnectionError(endpoint_url="x"))
    letters = Letters()
    to = Stream(GROUP, "stack-weather", "https://letters", store, letters)
    sent = [{**OBSERVATION, "origin": origin} for origin in ("JFK", "LGA", "EWR", "BOS")]
    answer = consume(event(*sent), to, record)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "2"}, {"itemIdentifier": "3"}]}
    assert {one["origin_hour"][:3] for one in store.taken} == {"JFK", "BOS"}
    assert not letters.bodies


def test_what_the_store_refuses_for_good_is_a_dead_letter_with_its_reason() -> None:
    letters = Letters()
    to = Stream(
        GROUP, "stack-weather", "https://letters", Store(JFK=refusal("ValidationError")), letters
    )
    assert consume(event(OBSERVATION), to, record) == {"batchItemFailures": []}
    (letter,) = letters.bodies
    assert "ValidationError" in letter["reason"]
    assert json.loads(base64.b64decode(letter["data"])) == OBSERVATION


def test_of_two_observations_of_one_hour_the_later_counts() -> None:
    store = Store()
    to = Stream(GROUP, "stack-weather", "https://letters", store, Letters())
    consume(event(OBSERVATION, {**OBSERVATION, "temp": "40"}), to, record)
    assert [one["temp"] for one in store.taken] == ["40.0"]
