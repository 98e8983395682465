"""Which workflow gets which role, and what the role may then do."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import Any

import pytest
from moto.iam.access_control import IAMPolicyStatement, PermissionResult

from components._iam_deployment import POLICY_CHARACTERS, policies
from components._place import Place
from components.deployment_access import DeploymentAccess
from components.workflow_jobs import GitHubJobs, GitLabJobs
from infra.deployment_actions import deployed_types, reading, writing
from infra.emulator.iam.decision import Policies, Principal, Request
from infra.emulator.iam.decision import decide as judge
from tests.unit.components.support import args, declare

PLACE = Place(partition="aws", region="eu-west-1", account_id="123456789012")
TAGS = {"project": "p", "environment": "prod", "team": "t"}
REPOSITORY = "repo:example/mlops-loop"
OWN = (
    "arn:aws:iam::123456789012:role/mlops/test-prod/flights",
    "arn:aws:cloudwatch::123456789012:dashboard/test-prod",
    "arn:aws:sagemaker:eu-west-1:123456789012:model-package/test-prod-flights/1",
    "arn:aws:scheduler:eu-west-1:123456789012:schedule/default/test-prod-flights-drift",
)
"""Things of the stack: roles, and what IAM knows by names alone."""


@pytest.mark.parametrize(
    "repository", ["mlops-loop", "example/", "/mlops-loop", "*/*", "a/b/c", "a/?"]
)
def test_a_repository_without_owner_or_with_a_wildcard_is_refused(repository: str) -> None:
    with pytest.raises(ValueError, match="repository must be owner/name, got"):
        GitHubJobs(repository=repository, environment="prod")


@pytest.mark.parametrize("environment", ["", "*", "prod*", "pro?", "prod:ref", "${aws:x}"])
def test_an_environment_that_iam_would_read_as_a_pattern_is_refused(environment: str) -> None:
    with pytest.raises(ValueError, match="environment must be one environment, got"):
        GitHubJobs(repository="example/mlops-loop", environment=environment)


def test_a_session_beyond_what_iam_takes_is_refused() -> None:
    with pytest.raises(ValueError, match="max_session_seconds must be 3600-43200, got 60"):
        args(DeploymentAccess, max_session_seconds=60)


@pytest.mark.parametrize(
    "subject",
    [
        f"{REPOSITORY}:ref:refs/heads/main",
        f"{REPOSITORY}:pull_request",
        f"{REPOSITORY}:environment:dev",
        f"{REPOSITORY}:environment:prod-2",
        "repo:example/other:environment:prod",
        "repo:fork/mlops-loop:environment:prod",
    ],
)
def test_nothing_but_the_github_environment_may_deploy(subject: str) -> None:
    assert not may_assume("deploy", subject)


def test_the_environment_of_stacks_for_a_while_deploys_where_it_is_let_in_alone() -> None:
    subject = f"{REPOSITORY}:environment:short-lived"
    jobs = GitHubJobs(repository="example/mlops-loop", environment="dev", short_lived=True)
    assert not may_assume("deploy", subject)
    assert may_assume("deploy", subject, jobs=jobs)
    assert not may_assume("deploy", f"{REPOSITORY}:environment:other", jobs=jobs)


def test_a_job_of_the_github_environment_may_deploy() -> None:
    assert may_assume("deploy", f"{REPOSITORY}:environment:prod")


def test_a_token_for_another_audience_is_refused() -> None:
    for kind in ("preview", "deploy"):
        assert not may_assume(kind, f"{REPOSITORY}:environment:prod", audience="somebody else")


def test_every_branch_and_pull_request_may_preview_and_no_other_repository() -> None:
    for subject in (f"{REPOSITORY}:pull_request", f"{REPOSITORY}:ref:refs/heads/a/branch"):
        assert may_assume("preview", subject)
    for subject in ("repo:fork/mlops-loop:pull_request", "repo:example/mlops-loop-2:pull_request"):
        assert not may_assume("preview", subject)


def test_the_preview_role_changes_nothing() -> None:
    for action in writing(deployed_types()):
        assert not allowed(reading(deployed_types()), action), action


def test_what_deploys_may_do_all_that_it_is_said_to_need() -> None:
    actions = [*reading(deployed_types()), *writing(deployed_types())]
    for action in actions:
        assert allowed(actions, action), action


def test_no_policy_is_larger_than_iam_takes() -> None:
    actions = [*reading(deployed_types()), *writing(deployed_types())]
    documents = policies(PLACE, actions, TAGS, stack="test-prod")
    assert len(documents) > 1
    for document in documents:
        assert len("".join(document.split())) <= POLICY_CHARACTERS


def test_roles_of_other_stacks_are_out_of_reach() -> None:
    for document in policies(PLACE, writing(deployed_types()), TAGS, stack="test-prod"):
        for statement in json.loads(document)["Statement"]:
            actions = set(statement["Action"])
            if "iam:CreateRole" in actions:
                asked = statement["Condition"]["StringEquals"]
                assert asked["aws:RequestTag/environment"] == "prod"
            elif actions & {"iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:DeleteRole"}:
                held = statement["Condition"]["StringEquals"]
                assert held["aws:ResourceTag/environment"] == "prod"


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("iam:PassRole", "arn:aws:iam::123456789012:role/mlops/test-prod2/flights"),
        ("iam:PassRole", "arn:aws:iam::123456789012:role/flights"),
        ("cloudwatch:PutDashboard", "arn:aws:cloudwatch::123456789012:dashboard/test-prod2"),
        (
            "sagemaker:DeleteModelPackage",
            "arn:aws:sagemaker:eu-west-1:123456789012:model-package/test-dev-flights/1",
        ),
        (
            "scheduler:DeleteSchedule",
            "arn:aws:scheduler:eu-west-1:123456789012:schedule/default/flights-drift",
        ),
    ],
)
def test_what_bears_no_tags_is_another_stacks_by_its_name(action: str, resource: str) -> None:
    for document in policies(PLACE, writing(deployed_types()), TAGS, stack="test-prod"):
        for statement in json.loads(document)["Statement"]:
            assert decide(statement, action, resource) is not PermissionResult.PERMITTED


@pytest.mark.parametrize("key", ["project", "environment", "team"])
def test_what_bears_other_tags_is_out_of_reach(key: str) -> None:
    limit = declare(DeploymentAccess)["it-boundary"].inputs["policy"]
    policy = "arn:aws:iam::123456789012:policy/any"
    everything = '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
    own = {
        f"aws:ResourceTag/{name}": value
        for name, value in {"project": "p", "environment": "test", "team": "t"}.items()
    }

    def may(**tags: str) -> bool:
        keys = {"aws:ResourceAccount": "123456789012", "aws:RequestedRegion": "us-east-1"}
        asked = Request("iam:DeletePolicy", policy, {**keys, **own, **tags})
        held = Policies(identity=(everything,), boundary=limit)
        return bool(judge(asked, Principal("123456789012"), held))

    assert may()
    assert not may(**{f"aws:ResourceTag/{key}": "another"})


@pytest.mark.parametrize(
    "action", ["iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy", "iam:AttachRolePolicy"]
)
def test_neither_role_can_change_the_two_roles(action: str) -> None:
    document = json.loads(declare(DeploymentAccess)["it-boundary"].inputs["policy"])
    for name in ("preview", "deploy"):
        said = {
            decide(statement, action, f"arn:aws:iam::123456789012:role/test-prod-{name}")
            for statement in document["Statement"]
            if statement["Effect"] == "Deny"
        }
        assert PermissionResult.DENIED in said


@pytest.mark.parametrize("action", ["iam:CreateUser", "iam:CreateAccessKey"])
def test_the_boundary_lets_nobody_new_in(action: str) -> None:
    document = json.loads(declare(DeploymentAccess)["it-boundary"].inputs["policy"])
    said = {
        decide(one, action, "arn:aws:iam::123456789012:user/x") for one in document["Statement"]
    }
    assert PermissionResult.DENIED in said


def test_both_roles_stand_under_the_boundary() -> None:
    graph = declare(DeploymentAccess)
    for kind in ("preview", "deploy"):
        assert "it-boundary" in str(graph[f"it-{kind}-role"].inputs["permissionsBoundary"])


def test_a_provider_that_exists_is_not_made_again() -> None:
    graph = declare(DeploymentAccess, provider_exists=True)
    assert not graph.of_type("aws:iam/openIdConnectProvider:OpenIdConnectProvider")
    trust = json.loads(graph["it-deploy-role"].inputs["assumeRolePolicy"])["Statement"][0]
    assert trust["Principal"]["Federated"] == (
        "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
    )


@pytest.mark.parametrize(
    ("inputs", "rule"),
    [
        ({"project": "mlops-loop"}, "project must be group/project"),
        ({"project": "*/mlops-loop"}, "project must be group/project"),
        ({"project": "a/b:ref_type:tag"}, "project must be group/project"),
        ({"branch": "*"}, "branch must be one branch"),
        ({"host": "https://gitlab.com"}, "host must be a host's name"),
        ({"host": "localhost"}, "host must be a host's name"),
        ({"previewing": ["*"]}, "branches must have more than a wildcard"),
        ({"short_lived": ["*/x"]}, "branches must have more than a wildcard"),
        ({"short_lived": ["a:ref"]}, "branches must have more than a wildcard"),
    ],
)
def test_a_claim_of_gitlab_that_could_mean_another_is_refused(
    inputs: dict[str, Any], rule: str
) -> None:
    with pytest.raises(ValueError, match=rule):
        GitLabJobs(**{"project": "group/mlops-loop", "branch": "main", **inputs})


GITLAB = GitLabJobs(
    project="group/sub/mlops-loop",
    branch="main",
    host="git.example.com",
    previewing=["release/*"],
    short_lived=["review/*"],
)
PATH = "project_path:group/sub/mlops-loop:ref_type"


@pytest.mark.parametrize(
    ("subject", "previews", "deploys"),
    [
        (f"{PATH}:branch:ref:main", True, True),
        (f"{PATH}:branch:ref:review/x", True, True),
        (f"{PATH}:branch:ref:release/1", True, False),
        (f"{PATH}:branch:ref:topic", False, False),
        (f"{PATH}:tag:ref:main", False, False),
        ("project_path:fork/mlops-loop:ref_type:branch:ref:main", False, False),
        ("project_path:group/sub/mlops-loop-2:ref_type:branch:ref:main", False, False),
    ],
)
def test_gitlabs_branches_get_the_role_that_they_are_named_for(
    subject: str,
    previews: bool,  # noqa: FBT001 - pytest's
    deploys: bool,  # noqa: FBT001
) -> None:
    assert may_assume("preview", subject, jobs=GITLAB) is previews
    assert may_assume("deploy", subject, jobs=GITLAB) is deploys


def test_gitlabs_provider_is_that_of_its_host() -> None:
    graph = declare(DeploymentAccess, jobs=GITLAB)
    (provider,) = graph.of_type("aws:iam/openIdConnectProvider:OpenIdConnectProvider")
    assert provider.inputs["url"] == "https://git.example.com"
    document = json.loads(graph["it-boundary"].inputs["policy"])
    provider_arn = "arn:aws:iam::123456789012:oidc-provider/git.example.com"
    said = {
        decide(one, "iam:UpdateOpenIDConnectProviderThumbprint", provider_arn)
        for one in document["Statement"]
    }
    assert PermissionResult.DENIED in said


JOBS = GitHubJobs(repository="example/mlops-loop", environment="prod")


def may_assume(
    kind: str,
    subject: str,
    *,
    audience: str = "sts.amazonaws.com",
    jobs: GitHubJobs | GitLabJobs = JOBS,
) -> bool:
    role = declare(DeploymentAccess, jobs=jobs)[f"it-{kind}-role"]
    (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    issuer = jobs.issuer
    token = {f"{issuer}:sub": subject, f"{issuer}:aud": audience}
    for operator, keys in statement["Condition"].items():
        for key, wanted in keys.items():
            values = wanted if isinstance(wanted, list) else [wanted]
            matches = fnmatchcase if operator == "StringLike" else str.__eq__
            if not any(matches(token[key], value) for value in values):
                return False
    return True


def allowed(actions: list[str], action: str) -> bool:
    return any(
        decide(statement, action, resource) is PermissionResult.PERMITTED
        for document in policies(PLACE, actions, TAGS, stack="test-prod")
        for statement in json.loads(document)["Statement"]
        for resource in OWN
    )


def decide(statement: dict[str, Any], action: str, resource: str) -> PermissionResult:
    plain = {key: value for key, value in statement.items() if key not in {"Condition", "Sid"}}
    return IAMPolicyStatement(plain).is_action_permitted(action, resource)
