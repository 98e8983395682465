"""What the roles that deploy may call, held against what the stacks declare."""

from __future__ import annotations

from infra.deployment_actions import deployed_types
from stacks.layers import stacks
from tests.stacks import support


def test_the_roles_that_deploy_know_every_type_that_a_stack_declares_and_no_other() -> None:
    declared = {
        one.type
        for stack in stacks()
        for live in (None, support.package_arn(stack))
        for one in support.graph(stack, live=live).resources.values()
        if one.custom
    }
    assert set(deployed_types()) == declared, "run `python -m infra.deployment_actions`"
