"""EventBridge hears of executions and steps, in AWS's shapes."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from infra.emulator.server import Emulator
from tests.emulator.jobs.helpers import PARTS, REGION, prepare
from tests.emulator.pipelines.helpers import definition, process, run


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    parts = ("credentials", "admin", "events", "messaging", "containers", "jobs", "pipelines")
    assert set(PARTS) < set(parts)
    with Emulator(parts=parts) as running:
        prepare(running)
        yield running


def test_status_changes_reach_a_rule_s_target(emulator: Emulator) -> None:
    sqs = emulator.context.client("sqs", REGION)
    url = sqs.create_queue(QueueName="heard")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    events = emulator.context.client("events", REGION)
    events.put_rule(Name="all", EventPattern=json.dumps({"source": ["aws.sagemaker"]}))
    events.put_targets(Rule="all", Targets=[{"Id": "queue", "Arn": arn}])
    execution, _ = run(emulator, "told", definition(process(emulator, "P", "")))
    heard = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            heard.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    changes = [
        event["detail"]
        for event in heard
        if event["detail-type"] == "SageMaker Model Building Pipeline Execution Status Change"
    ]
    assert {change["currentPipelineExecutionStatus"] for change in changes} == {
        "Executing",
        "Succeeded",
    }
    assert {change["pipelineExecutionArn"] for change in changes} == {
        execution["PipelineExecutionArn"]
    }
    statuses = {
        event["detail"]["currentStepStatus"]
        for event in heard
        if event["detail-type"] == "SageMaker Model Building Pipeline Execution Step Status Change"
    }
    assert statuses == {"Executing", "Succeeded"}
    jobs = {
        event["detail"]["ProcessingJobStatus"]
        for event in heard
        if event["detail-type"] == "SageMaker Processing Job State Change"
    }
    assert jobs == {"InProgress", "Completed"}
