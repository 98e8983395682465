"""Roles that services assume: within a boundary that holds what they need and no more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra._boundary import service_actions
from infra.emulator.iam.patterns import like
from infra.graph.model import ResourceGraph
from stacks.layers import load
from stacks.names import stacks
from tests.stacks import support
from tests.stacks.test_delivery_pipeline import CONNECTION
from tests.stacks.test_delivery_pipeline import graph as pipelined

ROLE, ROLE_POLICY = "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"
BY_CONDITION = {"iam:AttachRolePolicy", "iam:DetachRolePolicy", "iam:PassRole"}
"""What the boundary allows with conditions of its own."""
DEPLOYED = [one for one in stacks() if load(one).config.deployment.github is not None]


def standing(stack: str) -> ResourceGraph:
    return support.graph(stack, live=support.package_arn(stack), standing=True)


def within(graph: ResourceGraph) -> Iterator[tuple[str, str]]:
    """Yield role and action for every action of roles that have the services' boundary."""
    held = {
        role.inputs.get("name", role.name)
        for role in graph.of_type(ROLE)
        if str(role.inputs.get("permissionsBoundary")).endswith(":services-policy")
    }
    for policy in graph.of_type(ROLE_POLICY):
        if policy.inputs["role"] not in held:
            continue
        for statement in json.loads(policy.inputs["policy"])["Statement"]:
            actions = statement["Action"]
            for action in [actions] if isinstance(actions, str) else actions:
                if statement["Effect"] == "Allow":
                    yield policy.name, action


@pytest.mark.parametrize("stack", DEPLOYED)
def test_no_role_of_a_stack_that_workflows_deploy_is_without_a_boundary(stack: str) -> None:
    roles = standing(stack).of_type(ROLE)
    assert len(roles) > 20
    assert [one.name for one in roles if not one.inputs.get("permissionsBoundary")] == []


def test_the_boundary_holds_what_those_roles_do_and_no_family_that_none_of_them_needs(
    tmp_path: Path,
) -> None:
    graphs = [standing(stack) for stack in DEPLOYED]
    graphs.append(pipelined(tmp_path / "dev", "flights-dev", CONNECTION))
    graphs.append(pipelined(tmp_path / "prod", "flights-prod", {"type": "upstream"}))
    needed = {action for graph in graphs for _, action in within(graph)} - BY_CONDITION
    held = service_actions()
    assert [one for one in sorted(needed) if not any(like(family, one) for family in held)] == []
    assert [family for family in held if not any(like(family, one) for one in needed)] == []


def test_no_family_is_a_whole_service() -> None:
    assert [one for one in service_actions() if one.endswith(":*")] == []
