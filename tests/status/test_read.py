from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from rich.console import Console

from infra.cli.status_page import page
from infra.emulator.remote import Admin
from infra.emulator.server import Emulator
from infra.resources.clients import EndpointClients
from infra.status.facts import UseCaseStatus
from infra.status.read import read
from pipelines.shared.release.versions import pairs
from pipelines.shared.serving.variants import Variant
from stacks.serving import Rollout, Serving

SERVING = Serving(
    instance_type="ml.m5.large", rollout=Rollout(strategy="all_at_once", wait_seconds=0)
)
ROLE = "arn:aws:iam::123456789012:role/pipeline"
PREFIX = "flights-dev-flights"
STOP = {
    "Version": "2020-12-01",
    "Parameters": [],
    "Steps": [{"Name": "Validate", "Type": "Fail", "Arguments": {"ErrorMessage": "broken data"}}],
}


@pytest.fixture(scope="module")
def aws() -> Iterator[EndpointClients]:
    with Emulator(clock_start=datetime(2013, 6, 1, tzinfo=UTC)) as emulator:
        clients = EndpointClients(emulator.endpoint_url)
        fill(clients, emulator.endpoint_url)
        yield clients
        clients.close()


def fill(client: Callable[[str], Any], url: str) -> None:
    sagemaker, dynamodb, cloudwatch = (client(s) for s in ("sagemaker", "dynamodb", "cloudwatch"))
    for name in (f"{PREFIX}-features", f"{PREFIX}-training", "flights-dev-other-training"):
        sagemaker.create_pipeline(
            PipelineName=name, RoleArn=ROLE, PipelineDefinition=json.dumps(STOP)
        )
    sagemaker.start_pipeline_execution(PipelineName=f"{PREFIX}-training")
    for environment in ("prod", "dev"):
        name = f"flights-gate-decisions-{environment}"
        tags = {"team": "flights", "environment": environment, "use_case": "flights"}
        dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[
                {"AttributeName": "use_case", "KeyType": "HASH"},
                {"AttributeName": "decided_at", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "use_case", "AttributeType": "S"},
                {"AttributeName": "decided_at", "AttributeType": "S"},
            ],
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )
        for month, decision in (("04", "retrain"), ("05", "refuse")):
            item = {
                "use_case": "flights",
                "decided_at": f"2013-{month}-01T06:00:00Z#{month}",
                "decision": decision,
                "rule": "drift" if decision == "retrain" else "cool_down",
                "reason": f"decided in {environment}",
            }
            dynamodb.put_item(TableName=name, Item={k: {"S": v} for k, v in item.items()})
        for day in range(10, 20):
            item = {
                "use_case": "flights",
                "decided_at": f"2013-05-{day}T07:00:00Z#{day}",
                "decision": "keep",
                "rule": "requests" if day < 15 else "labels",
                "reason": f"day {day}",
            }
            dynamodb.put_item(TableName=name, Item={k: {"S": v} for k, v in item.items()})
    own = [{"Name": "Stack", "Value": "flights-dev"}, {"Name": "UseCase", "Value": "flights"}]
    group = {"Name": "FeatureGroup", "Value": "weather"}
    for dimensions, value in (
        ([*own, group], 0.31),
        ([*own, group, {"Name": "Feature", "Value": "temp"}], 0.31),
        ([{**own[0], "Value": "flights-prod"}, own[1], group], 9.0),
    ):
        metric = {"MetricName": "FeatureDrift", "Dimensions": dimensions, "Value": value}
        cloudwatch.put_metric_data(Namespace="MLOps", MetricData=[metric])
    for name in (f"{PREFIX}-auc-drop", f"{PREFIX}-latency"):
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            AlarmDescription="runbook",
            Namespace="Nothing",
            MetricName="Nothing",
            Statistic="Maximum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )
    cloudwatch.set_alarm_state(
        AlarmName=f"{PREFIX}-auc-drop", StateValue="ALARM", StateReason="test"
    )
    Admin(url).call("POST", "settle")


@pytest.fixture(scope="module")
def status(aws: EndpointClients) -> UseCaseStatus:
    return read(aws, "flights-dev", "flights", SERVING)


def test_a_failed_run_names_its_step_and_reason(status: UseCaseStatus) -> None:
    features, training = status.pipelines
    assert (features.name, features.runs) == (f"{PREFIX}-features", ())
    (run,) = training.runs
    assert (run.status, run.step) == ("Failed", "Validate")
    assert "Validate" in run.reason


def test_before_the_first_version_there_is_no_endpoint(status: UseCaseStatus) -> None:
    assert (status.endpoint.status, status.endpoint.versions) == ("NotCreated", ())


def test_drift_is_that_of_the_stack_and_by_group(status: UseCaseStatus) -> None:
    (measured,) = status.drift
    assert (measured.metric, measured.dimensions) == ("FeatureDrift", {"FeatureGroup": "weather"})
    assert measured.value == 0.31


def test_alarms_that_are_on_are_named(status: UseCaseStatus) -> None:
    assert [alarm.name for alarm in status.alarms] == [f"{PREFIX}-auc-drop"]


def test_decisions_are_those_of_the_stack_newest_first(status: UseCaseStatus) -> None:
    assert [(one.decision, one.rule, one.reason) for one in status.decisions] == [
        ("keep", "labels", "day 19"),
        ("keep", "requests", "day 14"),
        ("refuse", "cool_down", "decided in dev"),
        ("retrain", "drift", "decided in dev"),
    ]


def test_a_version_that_was_approved_and_does_not_serve_is_told(status: UseCaseStatus) -> None:
    def shown(approved: str) -> str:
        live = [
            Variant(name="live", model="m", package="g/2", weight=1.0),
            Variant(name="shadow", model="n", package="g/3", weight=0.5, shadow=True),
        ]
        endpoint = replace(status.endpoint, versions=tuple(pairs({"live": approved}, live)))
        console = Console(width=160)
        with console.capture() as found:
            for part in page(replace(status, endpoint=endpoint)):
                console.print(part)
        return found.get()

    assert "is to serve" not in shown("g/2")
    assert "version 3 is to serve, 2 does" in shown("g/3"), "a shadow serves nobody"


def test_the_page_tells_all_of_it(status: UseCaseStatus) -> None:
    console = Console(width=160, record=True, file=None, quiet=False)
    with console.capture() as shown:
        for part in page(status):
            console.print(part)
    for word in ("NotCreated", "Validate", "0.31", f"ALARM {PREFIX}-auc-drop", "cool_down"):
        assert word in shown.get(), word
