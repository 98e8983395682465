"""What each role may and may not do, decided by evaluating its policies in every stack."""

from __future__ import annotations

import json
from collections.abc import Iterator

import botocore.session
import pytest

from components._iam_people import ROLES as DECLARED
from infra.emulator.iam.decision import Policies, Principal, Request, decide
from tests.people import support
from tests.people.support import ACCOUNT, Row, ask, ask_beyond, graph, on, placeholders, rows

every_stack = pytest.mark.parametrize("stack", support.PEOPLED)
every_role = pytest.mark.parametrize("role", support.ROLES)
MANAGED_POLICY_CHARACTERS = 6_144
"""IAM's limit on a managed policy, white space not counted."""
MAKES = ("Associate", "BatchPut", "BatchWrite", "Create", "Delete", "Put", "Register", "Update")
"""How operations begin that change something."""
CHANGES: dict[str, set[str]] = {
    "data_scientist": {
        "AssociateTrialComponent",
        "CreateExperiment",
        "CreateProcessingJob",
        "CreateTrainingJob",
        "CreateTrial",
        "CreateTrialComponent",
        "UpdateTrialComponent",
    },
    "ml_engineer": {"UpdateModelPackage"},
}
"""All that any role changes in SageMaker; everything else is a commit's."""
KINDS = (
    "pipeline",
    "endpoint",
    "endpoint-config",
    "model",
    "feature-group",
    "model-package-group",
    "model-package",
    "training-job",
    "processing-job",
    "experiment",
    "experiment-trial",
    "experiment-trial-component",
    "domain",
    "user-profile",
)


def test_each_role_of_the_paper_has_its_table() -> None:
    assert sorted(DECLARED) == support.ROLES
    assert support.PEOPLED, "no stack declares the roles"


@every_role
@every_stack
def test_a_role_may_not_what_its_table_denies(stack: str, role: str) -> None:
    allowed = [str(row) for row in rows(role, "may_not", stack) if ask(row, stack, role)]
    assert not allowed


@every_role
@every_stack
def test_a_role_may_what_its_table_allows_and_the_stack_has_on(stack: str, role: str) -> None:
    wrong = [
        f"{row}: {verdict.reason}"
        for row in rows(role, "may", stack)
        if bool(verdict := ask(row, stack, role)) != on(row, stack)
    ]
    assert not wrong


def actions(stack: str, role: str) -> set[str]:
    """Return what a role's policy names, which has no wildcards."""
    return {
        action
        for document in support.policies(stack, role).identity
        for statement in json.loads(document)["Statement"]
        for action in statement["Action"]
    }


@every_role
@every_stack
def test_a_table_names_every_action_of_its_policy(stack: str, role: str) -> None:
    assert actions(stack, role) == {
        row.action for row in rows(role, "may", stack) if on(row, stack)
    }


def others(stack: str) -> Iterator[str]:
    """Yield another team's stack, and the same team's in another environment."""
    team, _, environment = stack.rpartition("-")
    yield f"{'flights' if team == 'vision' else 'vision'}-{environment}"
    yield f"{team}-{'prod' if environment != 'prod' else 'dev'}"


@every_role
@every_stack
def test_a_role_may_nothing_with_what_another_stack_owns(stack: str, role: str) -> None:
    for other in others(stack):
        allowed = [
            str(row)
            for row in rows(role, "may", other, foreign=True)
            if row.resource != "*" and ask(row, stack, role, owner=other)
        ]
        assert not allowed, other


@every_stack
def test_the_boundary_keeps_a_role_that_may_everything_off_other_stacks(stack: str) -> None:
    for other in others(stack):
        allowed = [
            str(row)
            for role in support.ROLES
            for row in rows(role, "may", other, foreign=True)
            if row.resource != "*" and ask_beyond(row, stack, owner=other)
        ]
        assert not allowed, other


@every_stack
def test_nobody_but_the_ml_engineer_approves(stack: str) -> None:
    use_case, _ = support.first(stack)
    approval = Row(
        "sagemaker:UpdateModelPackage",
        f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:model-package/{stack}-{use_case}/3",
        {"sagemaker:ModelApprovalStatus": "Approved"},
        None,
    )
    assert [role for role in support.ROLES if ask(approval, stack, role)] == ["ml_engineer"]


@every_stack
def test_nobody_passes_a_role_but_scientists_that_of_their_experiments(stack: str) -> None:
    names = placeholders(stack)
    roles = {
        f"arn:aws:mock:us-east-1:{ACCOUNT}:{role.name}"
        for role in graph(stack).of_type("aws:iam/role:Role")
    }
    passed = {
        (who, arn)
        for who in support.ROLES
        for arn in (*roles, f"arn:aws:iam::{ACCOUNT}:role/administrator")
        for service in ("sagemaker.amazonaws.com", "lambda.amazonaws.com", "ec2.amazonaws.com")
        if ask(Row("iam:PassRole", arn, {"iam:PassedToService": service}, None), stack, who)
    }
    experiments = support.config(stack).people.experiments
    assert passed == ({("data_scientist", names["experiment_role"])} if experiments else set())


def identity_changes() -> Iterator[str]:
    """Yield every operation by which an identity, or the account, is made or changed."""
    for service in ("iam", "organizations", "account", "sts"):
        model = botocore.session.get_session().get_service_model(service)
        for name in model.operation_names:
            if not name.startswith(("Get", "List", "Describe", "Simulate", "Generate", "Decode")):
                yield f"{service}:{name}"


@every_stack
def test_a_role_changes_no_identity_whatever_its_policy_allows(stack: str) -> None:
    changes = list(identity_changes())
    assert {"iam:DeleteRolePermissionsBoundary", "iam:PutRolePolicy", "sts:AssumeRole"} <= {
        *changes
    }
    targets = [
        f"arn:aws:iam::{ACCOUNT}:role/mlops/{stack}/people-ml-engineer-role-1",
        f"arn:aws:iam::{ACCOUNT}:policy/mlops/{stack}/people-boundary-1",
        "*",
    ]
    for action in changes:
        for target in targets:
            row = Row(action, target, {}, None)
            assert not ask_beyond(row, stack), row


@every_stack
def test_nobody_changes_by_hand_what_is_declared(stack: str) -> None:
    model = botocore.session.get_session().get_service_model("sagemaker")
    names = placeholders(stack)
    keys = {
        "sagemaker:ModelApprovalStatus": "Approved",
        "sagemaker:OutputKmsKey": names["artifacts_key"],
        "sagemaker:VolumeKmsKey": names["artifacts_key"],
        "sagemaker:VpcSubnets": [f"network-{names['region']}{zone}-id" for zone in "ab"],
    }
    experiments = support.config(stack).people.experiments
    use_case, _ = support.first(stack)
    for role in support.ROLES:
        changed = {
            operation
            for operation in model.operation_names
            if operation.startswith(MAKES) and f"sagemaker:{operation}" in actions(stack, role)
            for kind in KINDS
            if ask(
                Row(
                    f"sagemaker:{operation}",
                    f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:{kind}/{stack}-{use_case}",
                    keys,
                    None,
                ),
                stack,
                role,
            )
        }
        wanted = CHANGES.get(role, set())
        assert changed == (wanted if experiments or role != "data_scientist" else set()), role


@every_stack
@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("sagemaker:UpdateEndpoint", "sagemaker:us-east-1:{account}:endpoint/{stack}-{use_case}"),
        (
            "sagemaker:DeletePipeline",
            "sagemaker:us-east-1:{account}:pipeline/{stack}-{use_case}-drift",
        ),
        ("sagemaker:CreateModelPackage", "sagemaker:us-east-1:{account}:model-package/{stack}-x/1"),
        ("sagemaker:InvokeEndpoint", "sagemaker:us-east-1:{account}:endpoint/{stack}-{use_case}"),
        ("s3:DeleteObjectVersion", "s3:::store-raw/raw/{use_case}/1.csv"),
        ("s3:PutBucketPolicy", "s3:::store-raw"),
        ("kms:ScheduleKeyDeletion", "mock:us-east-1:{account}:store-raw-data-key"),
        ("kms:PutKeyPolicy", "mock:us-east-1:{account}:store-raw-data-key"),
        ("codebuild:UpdateProject", "codebuild:us-east-1:{account}:project/{use_case}-delivery-1"),
        ("lambda:UpdateFunctionCode", "lambda:us-east-1:{account}:function:{use_case}-gate-1"),
        ("dynamodb:DeleteItem", "dynamodb:us-east-1:{account}:table/{use_case}-gate-1"),
        (
            "cloudwatch:DeleteAlarms",
            "cloudwatch:us-east-1:{account}:alarm:{stack}-{use_case}-auc-drop",
        ),
        (
            "logs:DeleteLogGroup",
            "logs:us-east-1:{account}:log-group:/mlops/{stack}-{use_case}/gate",
        ),
        ("cloudtrail:StopLogging", "cloudtrail:us-east-1:{account}:trail/audit"),
        ("ec2:RunInstances", "ec2:us-east-1:{account}:instance/*"),
    ],
)
def test_the_boundary_cuts_what_no_role_should_ever_do(
    stack: str, action: str, resource: str
) -> None:
    use_case, _ = support.first(stack)
    arn = "arn:aws:" + resource.format(account=ACCOUNT, stack=stack, use_case=use_case)
    verdict = ask_beyond(Row(action, arn, {}, None), stack)
    assert not verdict
    assert verdict.reason == "boundary"


@every_stack
def test_the_boundary_is_one_that_iam_takes_and_names_no_whole_service(stack: str) -> None:
    text = graph(stack)["people-boundary"].inputs["policy"]
    size = len("".join(text.split()))
    assert size <= MANAGED_POLICY_CHARACTERS
    whole = [
        action
        for statement in json.loads(text)["Statement"]
        if statement["Effect"] == "Allow"
        for action in statement["Action"]
        if action.endswith(":*") or action == "*"
    ]
    assert not whole


def assumes(stack: str, role: str, principal: Principal, **keys: str | bool) -> bool:
    """Tell whether a principal whose account lets it may assume a role of the stack."""
    everything = '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
    arn = f"arn:aws:iam::{ACCOUNT}:role/mlops/{stack}/{role}"
    policies = Policies(identity=(everything,), resource=support.trust_of(stack, role))
    return bool(decide(Request("sts:AssumeRole", arn, keys), principal, policies))


@every_role
@every_stack
def test_without_names_the_account_lets_in_and_only_with_a_second_factor(
    stack: str, role: str
) -> None:
    if role in support.config(stack).people.trusted:
        pytest.skip("the stack names who may")
    user = Principal(ACCOUNT, (f"arn:aws:iam::{ACCOUNT}:user/someone",))
    stranger = Principal("999999999999", ("arn:aws:iam::999999999999:user/someone",))
    second_factor = {"aws:MultiFactorAuthPresent": True}
    assert not assumes(stack, role, user)
    assert not assumes(stack, role, user, **{"aws:MultiFactorAuthPresent": False})
    assert not assumes(stack, role, stranger, **second_factor)
    assert assumes(stack, role, user, **second_factor)
