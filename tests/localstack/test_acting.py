"""What LocalStack evaluates and delivers by itself: the declared rules and alarms really act."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from infra.apply.down import down
from infra.apply.state import MemoryStore, StackState
from infra.apply.summary import Summary
from infra.resources.clients import EndpointClients
from tests.localstack.support import up

STACK = "flights-sandbox"
DELIVERED_WITHIN_SECONDS = 60.0
EVALUATED_WITHIN_SECONDS = 180.0
"""LocalStack looks at an alarm once in its period, here a minute."""


@dataclass(frozen=True)
class Standing:
    summary: Summary
    state: StackState
    aws: EndpointClients

    def outputs(self, name: str) -> dict[str, Any]:
        return next(one.outputs for one in self.state.resources if one.name == name)


@pytest.fixture(scope="module")
def standing(endpoint: str) -> Iterator[Standing]:
    store = MemoryStore()
    aws = EndpointClients(endpoint)
    try:
        summary = up(STACK, endpoint, store)
        assert not summary.failed
        state = store.load(STACK)
        assert state is not None
        yield Standing(summary, state, aws)
        down(STACK, endpoint, unprotect=True, store=store)
    finally:
        aws.close()


def until(found: Callable[[], Any], *, within: float) -> Any:
    ends = time.monotonic() + within
    while time.monotonic() < ends:
        if answer := found():
            return answer
        time.sleep(0.5)
    raise AssertionError(f"nothing within {within:g} s")


def listen(aws: EndpointClients, name: str) -> tuple[str, str]:
    """Return URL and ARN of a queue of the test's own."""
    url = aws("sqs").create_queue(QueueName=name)["QueueUrl"]
    held = aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return url, held["Attributes"]["QueueArn"]


def receive(aws: EndpointClients, url: str) -> list[Any]:
    answer = aws("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


def test_a_complete_batch_of_raw_data_matches_the_declared_rule_and_nothing_else_does(
    standing: Standing,
) -> None:
    aws = standing.aws
    url, arn = listen(aws, "batches")
    rule = standing.outputs("flights-features-pipeline-object-arrival")["name"]
    aws("events").put_targets(Rule=rule, Targets=[{"Id": "test", "Arn": arn}])
    bucket = standing.summary.outputs["raw_bucket"]
    for key in (
        "raw/flights/2013-01/part.csv",
        "raw/other/_SUCCESS",
        "raw/flights/2013-01/_SUCCESS",
    ):
        aws("s3").put_object(Bucket=bucket, Key=key, Body=b"")
    messages = until(lambda: receive(aws, url), within=DELIVERED_WITHIN_SECONDS)
    assert [one["detail"]["object"]["key"] for one in messages] == ["raw/flights/2013-01/_SUCCESS"]


def test_the_endpoints_alarm_goes_off_when_calls_fail(standing: Standing) -> None:
    aws = standing.aws
    declared = standing.outputs("flights-serving-errors")
    metric = {
        "MetricName": declared["metricName"],
        "Dimensions": [{"Name": k, "Value": v} for k, v in declared["dimensions"].items()],
        "Value": declared["threshold"] + 1,
    }
    aws("cloudwatch").put_metric_data(Namespace=declared["namespace"], MetricData=[metric])

    def state() -> str:
        held = aws("cloudwatch").describe_alarms(AlarmNames=[declared["name"]])
        value: str = held["MetricAlarms"][0]["StateValue"]
        return value

    until(lambda: state() == "ALARM", within=EVALUATED_WITHIN_SECONDS)
