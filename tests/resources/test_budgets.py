from __future__ import annotations

from typing import Any

import pytest

from infra.emulator.server import Emulator
from infra.resources.budgets import TYPES
from infra.resources.clients import EndpointClients
from infra.resources.handler import InputError
from tests.resources.types import assert_lives, of, stand

TOPIC = "arn:aws:sns:us-east-1:123456789012:notice"
BUDGET: dict[str, Any] = {
    "budgetType": "COST",
    "timeUnit": "MONTHLY",
    "limitAmount": "100",
    "limitUnit": "USD",
    "metrics": "UnblendedCost",
    "filterExpression": {
        "ands": [
            {"tags": {"key": "team", "values": ["flights"]}},
            {"tags": {"key": "environment", "values": ["dev"]}},
        ]
    },
    "notifications": [
        {
            "comparisonOperator": "GREATER_THAN",
            "notificationType": "ACTUAL",
            "threshold": 80,
            "thresholdType": "PERCENTAGE",
            "subscriberSnsTopicArns": [TOPIC],
        }
    ],
    "tags": {"team": "flights"},
}
kind = of(TYPES, "aws:budgets/budget:Budget")


@pytest.fixture
def clients() -> Any:
    with Emulator(parts=("budgets",)) as emulator:
        aws = EndpointClients(emulator.endpoint_url)
        yield aws
        aws.close()


def test_a_budget_lives(clients: EndpointClients) -> None:
    standing = stand(kind, clients, "b", BUDGET)
    assert standing.id == f"123456789012:{standing.outputs['name']}"
    held = clients("budgets").describe_budget(
        AccountId="123456789012", BudgetName=standing.outputs["name"]
    )["Budget"]
    assert held["FilterExpression"]["And"][1]["Tags"] == {"Key": "environment", "Values": ["dev"]}
    assert held["BudgetLimit"] == {"Amount": "100", "Unit": "USD"}
    changed = standing.changed(limitAmount="200", tags={"team": "other"}, notifications=[])
    assert changed.outputs["limitAmount"] == "200"
    assert changed.outputs["tags"] == {"team": "other"}
    assert_lives(changed)


def test_an_action_lives_with_its_budget(clients: EndpointClients) -> None:
    budget = stand(kind, clients, "b", BUDGET)
    action = stand(
        of(TYPES, "aws:budgets/budgetAction:BudgetAction"),
        clients,
        "a",
        {
            "budgetName": budget.outputs["name"],
            "actionType": "APPLY_IAM_POLICY",
            "approvalModel": "MANUAL",
            "notificationType": "ACTUAL",
            "actionThreshold": {"actionThresholdType": "PERCENTAGE", "actionThresholdValue": 100},
            "definition": {
                "iamActionDefinition": {
                    "policyArn": "arn:aws:iam::123456789012:policy/stop",
                    "roles": ["training"],
                }
            },
            "executionRoleArn": "arn:aws:iam::123456789012:role/actor-of-the-budget",
            "subscribers": [{"address": TOPIC, "subscriptionType": "SNS"}],
            "tags": {"team": "flights"},
        },
    )
    assert action.id.split(":")[2] == budget.outputs["name"]
    assert_lives(action.changed(approvalModel="AUTOMATIC"))


def test_a_member_that_no_budget_has_is_refused() -> None:
    with pytest.raises(InputError, match="budgetTyp is no property"):
        kind.check("b", {**BUDGET, "budgetTyp": "COST"})
    with pytest.raises(InputError, match="timeUnit must be given"):
        kind.check("b", {"budgetType": "COST"})


def test_what_aws_refuses_of_a_budget_is_told_unsent() -> None:
    checked = kind.check("b", {**BUDGET, "timeUnit": "WEEKLY"})
    (fault,) = kind.faults("b", checked)
    assert "Budget.TimeUnit must be one of AWS's" in fault
