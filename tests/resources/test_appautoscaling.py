"""What may scale, and by what rule."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from infra.emulator.server import Emulator
from infra.resources.appautoscaling import TYPES
from infra.resources.clients import EndpointClients
from tests.resources.types import assert_lives, of, stand

TARGET = of(TYPES, "aws:appautoscaling/target:Target")
POLICY = of(TYPES, "aws:appautoscaling/policy:Policy")
ACTION = of(TYPES, "aws:appautoscaling/scheduledAction:ScheduledAction")
TABLE = {
    "serviceNamespace": "dynamodb",
    "resourceId": "table/decisions",
    "scalableDimension": "dynamodb:table:ReadCapacityUnits",
}


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    workspace = tmp_path_factory.mktemp("workspace")
    with Emulator(workspace=workspace, parts=("credentials",)) as running:
        yield running


@pytest.fixture(scope="module", autouse=True)
def table(aws: EndpointClients) -> None:
    aws("dynamodb").create_table(
        TableName="decisions",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )


def target(**limits: int) -> dict[str, Any]:
    return {**TABLE, "minCapacity": 1, "maxCapacity": 4, **limits}


def test_a_target_reads_back_as_declared_takes_other_limits_and_goes(aws: EndpointClients) -> None:
    standing = stand(TARGET, aws, "reads", target())
    changed = standing.changed(maxCapacity=8)
    assert changed.id == "table/decisions"
    assert changed.outputs["maxCapacity"] == 8
    assert_lives(changed)


def test_a_policy_reads_back_as_declared_takes_another_aim_and_goes(aws: EndpointClients) -> None:
    stand(TARGET, aws, "reads", target())

    def aim(value: float) -> dict[str, Any]:
        metric = {"predefinedMetricType": "DynamoDBReadCapacityUtilization"}
        return {
            "targetValue": value,
            "scaleInCooldown": 300,
            "predefinedMetricSpecification": metric,
        }

    key = "targetTrackingScalingPolicyConfiguration"
    declared = {**TABLE, "policyType": "TargetTrackingScaling", key: aim(70.5)}
    standing = stand(POLICY, aws, "reads", declared)
    assert standing.id.startswith("reads-")
    changed = standing.changed(**{key: aim(50)})
    assert changed.outputs[key]["targetValue"] == 50
    assert_lives(changed)


def test_a_scheduled_action_reads_back_as_declared_takes_another_time_and_goes(
    aws: EndpointClients,
) -> None:
    stand(TARGET, aws, "reads", target())
    standing = stand(
        ACTION,
        aws,
        "opening",
        {
            **TABLE,
            "schedule": "cron(0 7 ? * MON-FRI *)",
            "timezone": "Europe/Berlin",
            "scalableTargetAction": {"minCapacity": 2},
        },
    )
    assert standing.id.startswith("opening-")
    changed = standing.changed(schedule="cron(0 8 ? * MON-FRI *)")
    assert changed.outputs["schedule"] == "cron(0 8 ? * MON-FRI *)"
    assert_lives(changed)


def test_what_an_action_applies_to_cannot_change() -> None:
    assert {"name", "resourceId", "scalableDimension", "serviceNamespace"} == ACTION.replace_on
