import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra.emulator.server import Emulator
from tests.emulator.events.harness import Loop


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(parts=("credentials", "messaging", "events", "alarms")) as running:
        yield running


@pytest.fixture
def loop(emulator: Emulator) -> Loop:
    return Loop(emulator)


def write(loop: Loop, *lines: str) -> None:
    logs = loop.client("logs")
    logs.create_log_group(logGroupName="/aws/lambda/scorer")
    logs.create_log_stream(logGroupName="/aws/lambda/scorer", logStreamName="s")
    now = int(loop.context.clock.now().timestamp() * 1000)
    logs.put_log_events(
        logGroupName="/aws/lambda/scorer",
        logStreamName="s",
        logEvents=[{"timestamp": now, "message": line} for line in lines],
    )


def metrics(loop: Loop) -> dict[str, list[dict[str, str]]]:
    found = loop.client("cloudwatch").list_metrics(Namespace="MLOps")["Metrics"]
    return {metric["MetricName"]: metric["Dimensions"] for metric in found}


def line(loop: Loop, **changed: Any) -> str:
    directive = {
        "Namespace": "MLOps",
        "Dimensions": [["Endpoint"]],
        "Metrics": [{"Name": "ScoredRows", "Unit": "Count"}],
    }
    timestamp = int(loop.context.clock.now().timestamp() * 1000)
    metadata = {"Timestamp": timestamp, "CloudWatchMetrics": [directive]}
    return json.dumps({"_aws": metadata, "Endpoint": "flights", "ScoredRows": 7, **changed})


def test_a_line_in_the_format_becomes_a_metric(loop: Loop) -> None:
    write(loop, "START", line(loop))
    assert metrics(loop) == {"ScoredRows": [{"Name": "Endpoint", "Value": "flights"}]}


@pytest.mark.parametrize(
    "changed", [{"ScoredRows": "many"}, {"_aws": {"Timestamp": "now"}}, {"_aws": 1}]
)
def test_a_wrong_line_is_kept_as_a_line_and_yields_no_metric(
    loop: Loop, changed: dict[str, Any]
) -> None:
    write(loop, line(loop, **changed))
    kept = loop.client("logs").filter_log_events(logGroupName="/aws/lambda/scorer")["events"]
    assert len(kept) == 1
    assert metrics(loop) == {}
