"""What is read of captured traffic and labels, with S3 by moto."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pandas as pd
import pytest
from moto import mock_aws

from pipelines.flights import evidence
from pipelines.flights.steps.task import TASK
from pipelines.shared.serving import sample
from pipelines.shared.shadow import captured
from pipelines.shared.shadow.captured import Compared, Pair, Place, compare
from pipelines.shared.steps import labels, storage

UNTIL = datetime(2013, 6, 30, 7, tzinfo=UTC)
SINCE = UNTIL - timedelta(days=14)
PLACE = Place("capture", "flights/flights-staging-flights", "live", "shadow")
LABELS = {
    "batch=2013-05": "f1,2013-06-20T10:00:00,1\nf2,2013-06-20T11:00:00,0\n",
    "batch=2013-06": "f2,2013-06-20T11:00:00,1\nf3,2013-07-01T00:00:00,1\n",
}


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        client: Any = boto3.client("s3")
        for bucket in ("capture", "raw"):
            client.create_bucket(Bucket=bucket)
        storage.client.cache_clear()
        yield client
    storage.client.cache_clear()


def line(answer: str | None, moment: datetime, **metadata: Any) -> dict[str, Any]:
    data: dict[str, Any] = {"endpointInput": {"data": "a,b", "encoding": "CSV"}}
    if answer is not None:
        data["endpointOutput"] = {"data": answer, "encoding": "CSV"}
    return {
        "captureData": data,
        "eventMetadata": {
            "eventId": str(len(metadata)),
            "inferenceTime": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
            **metadata,
        },
        "eventVersion": "0",
    }


def put(s3: Any, variant: str, moment: datetime, *lines: dict[str, Any]) -> None:
    key = f"{PLACE.prefix}/{variant}/{moment:%Y/%m/%d/%H}/{moment:%M-%S}.jsonl"
    body = "".join(json.dumps(one) + "\n" for one in lines)
    s3.put_object(Bucket="capture", Key=key, Body=body)


def both(s3: Any, moment: datetime, production: str, shadow: str, name: str) -> None:
    put(s3, "live", moment, line(production, moment, inferenceId=name))
    put(s3, "shadow", moment, line(shadow, moment, inferenceId=name))


def found(s3: Any) -> Compared:
    return compare(s3, PLACE, SINCE, UNTIL, evidence.scores)


def test_answers_to_the_same_request_are_joined_row_by_row(s3: Any) -> None:
    both(s3, UNTIL - timedelta(hours=1), "f1,0.2\nf2,0.4\n", "f1,0.3\nf2,0.8\n", "one")
    compared = found(s3)
    assert compared.requests == 1
    assert compared.rows == {"f1": Pair(0.2, 0.3), "f2": Pair(0.4, 0.8)}
    assert compared.mean_difference == pytest.approx(0.25)


def test_an_answer_that_only_one_variant_gave_is_no_evidence(s3: Any) -> None:
    moment = UNTIL - timedelta(hours=1)
    put(s3, "live", moment, line("f1,0.2", moment, inferenceId="one"))
    put(s3, "shadow", moment, line(None, moment, inferenceId="one"))
    assert found(s3).requests == 0


def test_without_an_inference_id_nothing_is_joined_and_that_is_counted(s3: Any) -> None:
    moment = UNTIL - timedelta(hours=1)
    put(s3, "live", moment, line("f1,0.2", moment))
    put(s3, "shadow", moment, line("f1,0.2", moment))
    assert (found(s3).requests, found(s3).unidentified) == (0, 2)


def test_what_lies_outside_the_window_belongs_to_another_pair(s3: Any) -> None:
    for moment in (SINCE - timedelta(seconds=1), UNTIL):
        both(s3, moment, "f1,0.2", "f1,0.3", f"{moment}")
    both(s3, SINCE, "f2,0.2", "f2,0.3", "first")
    assert set(found(s3).rows) == {"f2"}


def test_an_answer_captured_past_midnight_finds_its_partner_of_the_day_before(s3: Any) -> None:
    before = datetime(2013, 6, 28, 23, 59, 59, tzinfo=UTC)
    put(s3, "live", before, line("f1,0.2", before, inferenceId="one"))
    after = before + timedelta(seconds=1)
    put(s3, "shadow", after, line("f1,0.3", after, inferenceId="one"))
    assert found(s3).requests == 1


def test_of_a_row_asked_about_again_the_newest_answer_counts(s3: Any) -> None:
    for days, name in ((3, "older"), (1, "newer")):
        both(s3, UNTIL - timedelta(days=days), f"f1,0.{days}", "f1,0.5", name)
    assert found(s3).rows == {"f1": Pair(0.1, 0.5)}


def test_a_check_of_the_endpoint_is_no_request(s3: Any) -> None:
    moment = UNTIL - timedelta(hours=1)
    for variant in ("live", "shadow"):
        asked = line("f1,0.2", moment, inferenceId="one", customAttributes=[sample.MARK])
        put(s3, variant, moment, asked)
    assert found(s3).requests == 0


def test_an_answer_of_another_shape_is_counted_and_left_out(s3: Any) -> None:
    both(s3, UNTIL - timedelta(hours=1), "f1,0.2", "not what was asked for", "one")
    compared = found(s3)
    assert (compared.requests, compared.unreadable, compared.rows) == (1, 1, {})


def test_what_sagemaker_captured_as_base64_is_read_too(s3: Any) -> None:
    moment = UNTIL - timedelta(hours=1)
    for variant in ("live", "shadow"):
        one = line("f1,0.2", moment, inferenceId="one")
        one["captureData"]["endpointOutput"] = {
            "data": base64.b64encode(b"f1,0.2").decode(),
            "encoding": "BASE64",
        }
        put(s3, variant, moment, one)
    assert found(s3).rows == {"f1": Pair(0.2, 0.2)}


def test_past_what_fits_into_memory_the_newest_days_count(
    s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(captured, "MAX_ROWS", 1)
    for days in (1, 2):
        both(s3, UNTIL - timedelta(days=days), f"f{days},0.1", f"f{days},0.5", f"{days}")
    compared = found(s3)
    assert set(compared.rows) == {"f1"}
    assert compared.since == datetime(2013, 6, 29, tzinfo=UTC)


def test_a_function_and_the_drift_step_know_the_same_truth(s3: Any) -> None:
    for batch, rows in LABELS.items():
        key = f"labels/flights/{batch}/labels.csv"
        s3.put_object(Bucket="raw", Key=key, Body="flight_id,landed_at,late\n" + rows)
    s3.put_object(Bucket="raw", Key="labels/flights/batch=2013-06/other.csv", Body="x\n1\n")
    wanted = {"f1", "f2", "f3"}
    mine = evidence.labels(s3, "raw", wanted, UNTIL)
    assert mine == {"f1": True, "f2": True}, "f3 has not landed yet"
    moment = pd.Timestamp(UNTIL).tz_localize(None)
    theirs = labels.of(TASK, "raw", wanted, moment)
    assert {name: value > 0 for name, value in theirs.items()} == mine
