import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from pytest_mock import MockerFixture

from pipelines.shared.gate import handler
from tests.gate import SETTINGS

EVENT = {
    "id": "0c3f8f2e-1b1e-4a36-9b9e-4a8d6c1d2e3f",
    "time": "2013-07-03T06:00:00Z",
    "source": "aws.cloudwatch",
    "detail-type": "CloudWatch Alarm State Change",
    "detail": {"alarmName": "weather-drift", "state": {"value": "ALARM"}},
}
ENVIRONMENT = {
    **SETTINGS,
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
}


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An account with a pipeline, a model group, labels, an empty table of decisions."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        handler._client.cache_clear()
        keys = {"use_case": "HASH", "decided_at": "RANGE"}
        boto3.client("dynamodb").create_table(
            TableName="decisions",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": k, "AttributeType": "S"} for k in keys],
            KeySchema=[
                {"AttributeName": "use_case", "KeyType": "HASH"},
                {"AttributeName": "decided_at", "KeyType": "RANGE"},
            ],
        )
        sagemaker = boto3.client("sagemaker")
        sagemaker.create_model_package_group(ModelPackageGroupName="flights")
        sagemaker.create_pipeline(
            PipelineName="training",
            PipelineDefinition="{}",
            ClientRequestToken="t" * 32,
            RoleArn="arn:aws:iam::123456789012:role/pipeline",
        )
        boto3.client("s3").create_bucket(Bucket="raw-data")
        yield
    handler._client.cache_clear()


def put_labels(rows: int) -> None:
    lines = ["flight_id,landed_at,late", *(f"{n},2013-06-01T00:00:00,0" for n in range(rows))]
    boto3.client("s3").put_object(
        Bucket="raw-data", Key="labels/flights/batch=2013-06/labels.csv", Body="\n".join(lines)
    )


def executions() -> list[str]:
    found = boto3.client("sagemaker").list_pipeline_executions(PipelineName="training")
    return [one["PipelineExecutionArn"] for one in found["PipelineExecutionSummaries"]]


def records() -> list[dict[str, str]]:
    items = boto3.client("dynamodb").scan(TableName="decisions")["Items"]
    return [{name: value["S"] for name, value in item.items()} for item in items]


def test_a_training_starts_with_the_events_time_and_is_recorded_with_its_reason() -> None:
    put_labels(3)
    answer = handler.handle(EVENT)
    [execution] = executions()
    parameters = boto3.client("sagemaker").list_pipeline_parameters_for_execution(
        PipelineExecutionArn=execution
    )["PipelineParameters"]
    assert {one["Name"]: one["Value"] for one in parameters} == {
        "Trigger": "alarm: weather-drift",
        "AsOf": "2013-07-03T06:00:00Z",
    }
    [record] = records()
    assert record == answer
    assert record["decided_at"] == f"2013-07-03T06:00:00Z#{EVENT['id']}"
    assert (record["decision"], record["rule"]) == ("retrain", "no_model")
    assert record["execution_arn"] == execution
    assert json.loads(record["facts"])["new_labels"] == 3


def test_too_few_labels_are_refused_and_recorded_and_nothing_starts() -> None:
    put_labels(2)
    answer = handler.handle(EVENT)
    assert (answer["decision"], answer["rule"]) == ("refuse", "labels")
    assert "only 2 new labels" in answer["reason"]
    assert executions() == []
    assert records() == [answer]


def test_the_same_event_again_returns_the_recorded_decision() -> None:
    put_labels(3)
    first = handler.handle(EVENT)
    assert handler.handle(EVENT) == first
    assert len(executions()) == 1


def test_a_start_that_fails_is_recorded_and_raised_and_made_up_for_on_the_next_attempt(
    mocker: MockerFixture,
) -> None:
    put_labels(3)
    denied = ClientError({"Error": {"Code": "AccessDeniedException"}}, "StartPipelineExecution")
    sagemaker = handler._client("sagemaker")
    start = mocker.patch.object(sagemaker, "start_pipeline_execution", side_effect=denied)
    with pytest.raises(ClientError, match="AccessDenied"):
        handler.handle(EVENT)
    [record] = records()
    assert record["decision"] == "failed"
    assert "AccessDenied" in record["error"]
    mocker.stop(start)
    assert handler.handle(EVENT)["decision"] == "retrain"
    [record] = records()
    assert record["execution_arn"] == executions()[0]
    assert "error" not in record


def test_the_data_quality_alarm_in_alarm_stops_every_training() -> None:
    put_labels(3)
    cloudwatch = boto3.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="data-quality",
        Namespace="MLOps",
        MetricName="DataQualityViolations",
        Statistic="Maximum",
        Period=86400,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
    )
    cloudwatch.set_alarm_state(AlarmName="data-quality", StateValue="ALARM", StateReason="nulls")
    answer = handler.handle(EVENT)
    assert (answer["decision"], answer["rule"]) == ("refuse", "data_quality")
    assert executions() == []


def test_an_approved_version_and_a_recent_training_mean_cool_down() -> None:
    sagemaker = boto3.client("sagemaker")
    sagemaker.create_model_package(ModelPackageGroupName="flights", ModelApprovalStatus="Approved")
    sagemaker.start_pipeline_execution(PipelineName="training", ClientRequestToken="s" * 32)
    put_labels(3)
    started = sagemaker.list_pipeline_executions(PipelineName="training")[
        "PipelineExecutionSummaries"
    ][0]["StartTime"]
    answer = handler.handle({**EVENT, "time": started.isoformat()})
    assert (answer["decision"], answer["rule"]) == ("refuse", "cool_down")


@pytest.mark.parametrize("field", ["id", "time"])
def test_an_event_that_cannot_be_told_from_others_is_refused(field: str) -> None:
    event: dict[str, Any] = {**EVENT}
    del event[field]
    with pytest.raises(ValueError, match=f"event must have {field}"):
        handler.handle(event)
    assert records() == []
