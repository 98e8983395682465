"""What replaces a resource, as the provider's source has it."""

from __future__ import annotations

import re

import pytest

from infra.engine.diff import compare
from infra.resources.row import Row
from infra.resources.table import lookup, table

OWN = {"mlops:index:FeatureDefinitions"}
"""Types that are no provider's but this project's."""


def test_every_type_says_where_its_replacements_were_read() -> None:
    rows = {token: kind for token, kind in table().items() if isinstance(kind, Row)}
    path = re.compile(r"internal/service/\w+/\w+\.go")
    assert {token for token, row in rows.items() if not path.fullmatch(row.source)} <= OWN


@pytest.mark.parametrize(
    ("token", "key"),
    [
        ("aws:budgets/budgetAction:BudgetAction", "accountId"),
        ("aws:cloudwatch/compositeAlarm:CompositeAlarm", "actionsEnabled"),
        ("aws:ec2/routeTableAssociation:RouteTableAssociation", "gatewayId"),
        ("aws:ec2/subnet:Subnet", "outpostArn"),
        ("aws:ec2/vpc:Vpc", "ipv4IpamPoolId"),
        ("aws:kms/key:Key", "customKeyStoreId"),
        ("aws:lambda/eventSourceMapping:EventSourceMapping", "topics"),
        ("aws:lambda/permission:Permission", "invokedViaFunctionUrl"),
    ],
)
def test_a_change_that_the_provider_cannot_make_in_place_replaces(token: str, key: str) -> None:
    found = compare({key: "before"}, {key: "after"}, replace_on=lookup(token).replace_on)
    assert found.replaces == {key}


@pytest.mark.parametrize(
    ("token", "key"),
    [
        ("aws:apigateway/integration:Integration", "connectionType"),
        ("aws:lambda/eventSourceMapping:EventSourceMapping", "sourceAccessConfigurations"),
    ],
)
def test_a_change_that_the_provider_makes_in_place_keeps_the_resource(token: str, key: str) -> None:
    found = compare({key: "before"}, {key: "after"}, replace_on=lookup(token).replace_on)
    assert found.changes == {key: "update"}
    assert not found.replaces


def test_only_what_a_type_takes_can_replace_it() -> None:
    assert "arn" not in lookup("aws:kinesis/stream:Stream").replace_on
