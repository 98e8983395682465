"""EventBridge rules and targets."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.resources.clients import EndpointClients
from infra.resources.events import TYPES
from tests.resources.types import Standing, assert_lives, of, stand

RULE = of(TYPES, "aws:cloudwatch/eventRule:EventRule")
TARGET = of(TYPES, "aws:cloudwatch/eventTarget:EventTarget")
PIPELINE = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/features"


@pytest.fixture
def rule(aws: EndpointClients) -> Standing:
    pattern = json.dumps({"source": ["aws.s3"], "detail-type": ["Object Created"]})
    declared = {"description": "New", "eventPattern": pattern, "tags": {"team": "flights"}}
    return stand(RULE, aws, "arrival", declared)


@pytest.fixture
def letters(aws: EndpointClients) -> str:
    url = aws("sqs").create_queue(QueueName="letters")["QueueUrl"]
    held = aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    arn: str = held["Attributes"]["QueueArn"]
    return arn


def test_a_rule_reads_back_as_declared_and_goes(rule: Standing) -> None:
    assert rule.id == rule.inputs["name"]
    assert_lives(rule)


def test_a_changed_rule_takes_the_change(rule: Standing) -> None:
    pattern = json.dumps({"source": ["aws.sagemaker"]})
    changed = rule.changed(eventPattern=pattern, state="DISABLED", tags={"a": "b"})
    assert changed.id == rule.id
    assert changed.outputs["eventPattern"] == pattern
    assert changed.outputs["state"] == "DISABLED"
    assert changed.outputs["tags"] == {"a": "b"}


def shapes(role_arn: str, letters: str) -> dict[str, dict[str, Any]]:
    return {
        "a pipeline": {
            "arn": PIPELINE,
            "roleArn": role_arn,
            "sagemakerPipelineTarget": {
                "pipelineParameterLists": [{"name": "BatchMarker", "value": "$.detail.object.key"}]
            },
        },
        "a function, told less": {
            "arn": "arn:aws:lambda:us-east-1:123456789012:function:gate",
            "inputTransformer": {
                "inputPaths": {"alarm": "$.detail.alarmName"},
                "inputTemplate": '{"alarm": <alarm>}',
            },
        },
        "a build": {
            "arn": "arn:aws:codebuild:us-east-1:123456789012:project/delivery",
            "roleArn": role_arn,
            "input": '{"sourceVersion": "main"}',
        },
        "a queue that keeps order": {"arn": letters, "sqsTarget": {"messageGroupId": "g"}},
    }


@pytest.mark.parametrize("kind", sorted(shapes("", "")))
def test_a_target_reads_back_as_declared_and_goes(
    aws: EndpointClients, rule: Standing, role_arn: str, letters: str, kind: str
) -> None:
    declared = {
        "rule": rule.inputs["name"],
        "deadLetterConfig": {"arn": letters},
        "retryPolicy": {"maximumEventAgeInSeconds": 3600, "maximumRetryAttempts": 10},
        **shapes(role_arn, letters)[kind],
    }
    assert_lives(stand(TARGET, aws, "target", declared))
    rule.delete()


def test_a_rule_with_targets_stays_until_they_are_gone(
    aws: EndpointClients, rule: Standing, letters: str
) -> None:
    target = stand(TARGET, aws, "target", {"rule": rule.inputs["name"], "arn": letters})
    with pytest.raises(Exception, match="ValidationException"):
        rule.delete()
    target.delete()
    rule.delete()
    assert rule.read() is None


def test_a_changed_target_is_overwritten(
    aws: EndpointClients, rule: Standing, letters: str
) -> None:
    standing = stand(TARGET, aws, "target", {"rule": rule.inputs["name"], "arn": letters})
    changed = standing.changed(input='{"a": 1}')
    assert changed.id == standing.id
    assert changed.outputs["input"] == '{"a": 1}'
    held = aws("events").list_targets_by_rule(Rule=rule.inputs["name"])["Targets"]
    assert len(held) == 1
