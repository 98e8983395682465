"""Schedules and their groups."""

from __future__ import annotations

from typing import Any

from infra.resources.clients import EndpointClients
from infra.resources.scheduler import TYPES
from tests.resources.types import assert_lives, of, stand

SCHEDULE = of(TYPES, "aws:scheduler/schedule:Schedule")
GROUP = of(TYPES, "aws:scheduler/scheduleGroup:ScheduleGroup")


def declared(role_arn: str) -> dict[str, Any]:
    return {
        "scheduleExpression": "cron(0 6 * * ? *)",
        "flexibleTimeWindow": {"mode": "OFF"},
        "target": {
            "arn": "arn:aws:scheduler:::aws-sdk:sagemaker:startPipelineExecution",
            "roleArn": role_arn,
            "input": '{"PipelineName": "drift"}',
            "deadLetterConfig": {"arn": "arn:aws:sqs:us-east-1:123456789012:letters"},
            "retryPolicy": {"maximumEventAgeInSeconds": 3600, "maximumRetryAttempts": 10},
        },
    }


def test_a_schedule_reads_back_as_declared_and_goes(aws: EndpointClients, role_arn: str) -> None:
    standing = stand(SCHEDULE, aws, "daily", declared(role_arn))
    assert standing.id == f"default/{standing.inputs['name']}"
    assert_lives(standing)


def test_a_changed_schedule_takes_the_change(aws: EndpointClients, role_arn: str) -> None:
    standing = stand(SCHEDULE, aws, "moving", declared(role_arn))
    changed = standing.changed(scheduleExpression="rate(1 day)", state="DISABLED")
    assert changed.outputs["scheduleExpression"] == "rate(1 day)"
    assert changed.outputs["state"] == "DISABLED"


def test_a_group_reads_back_as_declared_and_goes(aws: EndpointClients) -> None:
    # moto fails on deleting a group that is gone, where AWS answers ResourceNotFoundException.
    assert_lives(stand(GROUP, aws, "group", {"tags": {"team": "flights"}}), twice=False)
