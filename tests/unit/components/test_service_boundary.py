"""What roles of services can never do, and what whoever deploys can make of roles."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from components._iam_deployment import policies
from components._iam_services import boundary
from components._place import Place
from components.service_boundary import ServiceBoundary
from infra.deployment_actions import deployed_types, writing
from infra.emulator.iam.decision import Policies, Principal, Request, decide
from tests.unit.components.support import args

ACCOUNT = "123456789012"
PLACE = Place(partition="aws", region="us-east-1", account_id=ACCOUNT)
ADMINISTRATOR = '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
WITHIN = boundary(PLACE, "late-prod", ["s3:GetObject", "lambda:InvokeFunction"])
ROLE = f"arn:aws:iam::{ACCOUNT}:role/mlops/late-prod/late"
SERVICES = f"arn:aws:iam::{ACCOUNT}:policy/late-prod-services"
TAGS = {"project": "p", "environment": "prod", "team": "late"}


def may(action: str, on: str = ROLE, **keys: str) -> bool:
    """Tell whether a role within the boundary may, whose own policy allows everything."""
    asked = Request(action, on, {key.replace("__", ":"): value for key, value in keys.items()})
    policies_of_it = Policies(identity=(ADMINISTRATOR,), boundary=WITHIN)
    return bool(decide(asked, Principal(ACCOUNT), policies_of_it))


def deploys(action: str, on: str = ROLE, **keys: str) -> bool:
    """Tell whether whoever deploys the stack ``late-prod`` may."""
    asked = Request(action, on, {key.replace("__", ":"): value for key, value in keys.items()})
    documents = tuple(policies(PLACE, writing(deployed_types()), TAGS, stack="late-prod"))
    return bool(decide(asked, Principal(ACCOUNT), Policies(identity=documents)))


def tagged(kind: str, **tags: str) -> dict[str, str]:
    return {f"aws__{kind}/{key}": value for key, value in {**TAGS, **tags}.items()}


def test_actions_of_iam_itself_are_refused() -> None:
    with pytest.raises(ValueError, match="actions must be none of IAM's own, got iam:CreateRole"):
        args(ServiceBoundary, actions=["s3:GetObject", "iam:CreateRole"])


def test_no_action_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="actions must name one action or more, got none"):
        args(ServiceBoundary, actions=[])


def test_what_is_named_stays_open() -> None:
    assert may("s3:GetObject", "arn:aws:s3:::raw/flights.csv")
    assert not may("s3:PutBucketPolicy", "arn:aws:s3:::raw")


@pytest.mark.parametrize(
    "action",
    [
        "iam:CreateRole",
        "iam:PutRolePolicy",
        "iam:DeleteRolePermissionsBoundary",
        "iam:CreatePolicyVersion",
        "iam:UpdateAssumeRolePolicy",
        "sts:AssumeRole",
        "lambda:CreateFunction",
    ],
)
def test_an_administrators_policy_brings_nothing_back(action: str) -> None:
    assert not may(action)


def test_roles_are_passed_to_sagemaker_alone() -> None:
    assert may("iam:PassRole", iam__PassedToService="sagemaker.amazonaws.com")
    assert not may("iam:PassRole", iam__PassedToService="lambda.amazonaws.com")


@pytest.mark.parametrize("who", [may, deploys])
@pytest.mark.parametrize("role", ["late", "mlops/late-prod2/late", "late-prod2-x", "mlops/late/x"])
def test_no_role_of_another_stack_is_passed(who: Callable[..., bool], role: str) -> None:
    passed = {"iam__PassedToService": "sagemaker.amazonaws.com"}
    assert who("iam:PassRole", ROLE, **passed)
    assert not who("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/{role}", **passed)


def test_policies_are_put_on_roles_within_the_boundary_alone() -> None:
    assert may("iam:AttachRolePolicy", iam__PermissionsBoundary=SERVICES)
    assert not may("iam:AttachRolePolicy")


def test_a_role_is_created_with_the_stacks_tags_and_a_boundary_of_its() -> None:
    own = tagged("RequestTag")
    people = f"arn:aws:iam::{ACCOUNT}:policy/mlops/late-prod/people-boundary"
    assert deploys("iam:CreateRole", iam__PermissionsBoundary=SERVICES, **own)
    assert deploys("iam:CreateRole", iam__PermissionsBoundary=people, **own)
    assert not deploys("iam:CreateRole", **own)
    assert not deploys("iam:CreateRole", iam__PermissionsBoundary=f"{SERVICES}-2", **own)
    others = tagged("RequestTag", team="vision")
    assert not deploys("iam:CreateRole", iam__PermissionsBoundary=SERVICES, **others)


@pytest.mark.parametrize("action", ["iam:PutRolePolicy", "iam:AttachRolePolicy"])
def test_what_a_role_may_do_is_changed_within_its_boundary_alone(action: str) -> None:
    own = tagged("ResourceTag")
    assert deploys(action, iam__PermissionsBoundary=SERVICES, **own)
    assert not deploys(action, **own)
    administrators = "arn:aws:iam::aws:policy/AdministratorAccess"
    assert not deploys(action, iam__PermissionsBoundary=administrators, **own)


def test_a_role_is_never_freed_of_its_boundary() -> None:
    assert not deploys("iam:DeleteRolePermissionsBoundary", **tagged("ResourceTag"))
