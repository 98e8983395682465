from __future__ import annotations

import json

import pytest

from components._iam_operations import attach_stop, publish_alarms, stop_spending
from components._place import Place
from components.alert_routes import Destination
from components.cost_budget import CostBudget, CostBudgetArgs
from components.dashboard import DashboardArgs
from tests import pretend
from tests.unit.components.support import ARGS

PLACE = Place(partition="aws", region="us-east-1", account_id="123456789012")


@pytest.mark.parametrize(
    ("protocol", "endpoint", "rule"),
    [
        ("email", "flights", "endpoint of email must be a mail address, got 'flights'"),
        (
            "https",
            "http://pager",
            "endpoint of https must be an endpoint that starts with https://",
        ),
        ("sqs", "queue", "endpoint of sqs must be an endpoint that starts with arn:"),
    ],
)
def test_an_endpoint_of_another_protocol_is_refused(
    protocol: str, endpoint: str, rule: str
) -> None:
    with pytest.raises(ValueError, match=rule):
        Destination(protocol=protocol, endpoint=endpoint)  # type: ignore[arg-type]  # the fault


def test_only_this_accounts_alarms_budgets_and_event_rules_publish() -> None:
    statements = json.loads(publish_alarms("arn:topic", PLACE))["Statement"]
    allowed = [one for one in statements if one["Effect"] == "Allow"]
    assert [one["Principal"]["Service"] for one in allowed] == [
        "cloudwatch.amazonaws.com",
        "budgets.amazonaws.com",
        "events.amazonaws.com",
    ]
    for one in allowed:
        assert one["Condition"]["StringEquals"] == {"aws:SourceAccount": "123456789012"}


def test_a_spent_budget_denies_starting_instances_and_leaves_serving_alone() -> None:
    (denied,) = json.loads(stop_spending())["Statement"]
    assert denied["Effect"] == "Deny"
    assert {"sagemaker:CreateTrainingJob", "sagemaker:CreateEndpoint"} <= set(denied["Action"])
    assert "sagemaker:InvokeEndpoint" not in denied["Action"]
    assert "sagemaker:UpdateEndpoint" not in denied["Action"]


def test_a_budget_attaches_that_one_policy_to_those_roles_alone() -> None:
    (allowed,) = json.loads(attach_stop("arn:policy", ["arn:role"]))["Statement"]
    assert allowed["Resource"] == ["arn:role"]
    assert allowed["Condition"] == {"ArnEquals": {"iam:PolicyARN": "arn:policy"}}


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"monthly_usd": 0}, "monthly_usd must be positive, got 0"),
        ({"stop": "manual"}, "stopped_roles must name a role with stop 'manual', got none"),
    ],
)
def test_an_impossible_budget_is_refused(changes: dict[str, object], rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        CostBudgetArgs(**{**ARGS[CostBudget][1], **changes})


def test_a_budget_that_stops_acts_with_a_role_of_its_own() -> None:
    graph = pretend.stand(
        lambda: CostBudget(
            "it",
            CostBudgetArgs(**{**ARGS[CostBudget][1], "stop": "automatic", "stopped_roles": ["r"]}),
        )
    )
    action = graph["it-action"].inputs
    assert action["approvalModel"] == "AUTOMATIC"
    assert action["definition"]["iamActionDefinition"]["roles"] == ["r"]
    assert "it-actor" in action["executionRoleArn"]


def test_a_dashboard_of_no_model_is_refused() -> None:
    with pytest.raises(ValueError, match="models must name one model or more, got none"):
        DashboardArgs(stack="s", models=[], runbooks_url="r")
