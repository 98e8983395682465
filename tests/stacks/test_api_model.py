"""Every input of every resource of every stack, held to AWS's own API model."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from infra.graph.model import ResourceGraph
from infra.resources.table import lookup
from stacks.names import stacks
from tests.stacks import support


@cache
def plan(stack: str) -> ResourceGraph:
    return support.graph(stack, live=support.package_arn(stack))


def faults(graph: ResourceGraph, name: str | None = None, **changes: Any) -> list[str]:
    found: list[str] = []
    for one in graph.resources.values():
        if one.custom and name in {None, one.name} and not one.type.startswith(support.PROVIDERS):
            kind = lookup(one.type)
            found += kind.faults(one.name, kind.check(one.name, {**one.inputs, **changes}))
    return found


@pytest.mark.parametrize("stack", stacks())
def test_aws_takes_every_input_of_every_resource(stack: str) -> None:
    assert not faults(plan(stack))


@pytest.mark.parametrize(
    ("name", "changes", "fault"),
    [
        ("store-raw-versioning", {"versioningConfiguration": {"status": "On"}}, "Status"),
        ("operations-key", {"tags": {"k" * 129: "v"}}, "TagKey must be at most 128"),
        ("flights-features-role", {"maxSessionDuration": 60}, "MaxSessionDuration"),
        ("flights-registry-group", {"modelPackageGroupName": "a_b"}, "ModelPackageGroupName must"),
        ("flights-gate-decisions", {"billingMode": "FREE"}, "BillingMode must be one of"),
        (
            "flights-gate-logs",
            {"retentionInDays": "long"},
            "retentionInDays must be of type integer",
        ),
        ("flights-delivery-project", {"buildTimeout": 1}, "timeoutInMinutes must be at least 5"),
    ],
)
def test_an_input_that_aws_refuses_is_found_with_nothing_created(
    name: str, changes: dict[str, Any], fault: str
) -> None:
    found = faults(plan("flights-prod"), name, **changes)
    assert any(fault in one and name in one for one in found), found
