"""What the roles that deploy may call, held against what the stacks declare."""

from __future__ import annotations

import json

from components._iam_deployment import PASSED_TO
from infra.deployment_actions import deployed_types
from stacks.names import stacks
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


def test_a_role_is_passed_to_every_service_that_a_declared_role_trusts_and_to_no_other() -> None:
    trusted = {
        service
        for stack in stacks()
        for role in support.graph(stack, live=support.package_arn(stack), standing=True).of_type(
            "aws:iam/role:Role"
        )
        for statement in json.loads(role.inputs["assumeRolePolicy"])["Statement"]
        if (service := statement["Principal"].get("Service")) is not None
    }
    assert {f"{service}.amazonaws.com" for service in PASSED_TO} == trusted
