"""Who gets the role of an orchestrator, and what it may then do."""

from __future__ import annotations

import json

import pytest

from components._iam_orchestrator import AUDIENCE, run_pipelines, trust_orchestrator
from components.orchestrator_access import OrchestratorAccess
from infra.emulator.iam.decision import Policies, Principal, Request, decide
from tests.unit.components.support import args, declare

ACCOUNT = "123456789012"
PIPELINES = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:pipeline"
FLIGHTS = [f"{PIPELINES}/flights-dev-flights-{name}" for name in ("features", "training")]
RUNS = (
    "sagemaker:StartPipelineExecution",
    "sagemaker:ListPipelineExecutions",
)
WATCHES = (
    "sagemaker:DescribePipelineExecution",
    "sagemaker:ListPipelineExecutionSteps",
    "sagemaker:StopPipelineExecution",
)


def may(action: str, resource: str) -> bool:
    """Tell whether the role of flights may."""
    policies = Policies(identity=[run_pipelines(FLIGHTS)])
    return bool(decide(Request(action, resource), Principal(ACCOUNT), policies))


@pytest.mark.parametrize("action", [*RUNS, *WATCHES])
def test_pipelines_of_another_team_are_out_of_reach(action: str) -> None:
    for other in ("vision-dev-digits-training", "flights-prod-flights-training"):
        assert not may(action, f"{PIPELINES}/{other}")
        assert not may(action, f"{PIPELINES}/{other}/execution/abc")


@pytest.mark.parametrize(
    "action",
    [
        "sagemaker:CreatePipeline",
        "sagemaker:UpdatePipeline",
        "sagemaker:DeletePipeline",
        "sagemaker:CreateTrainingJob",
        "iam:PassRole",
        "s3:GetObject",
    ],
)
def test_nothing_else_is_allowed(action: str) -> None:
    for resource in (*FLIGHTS, "*"):
        assert not may(action, resource)


def test_the_stacks_pipelines_are_started_watched_and_stopped() -> None:
    for arn in FLIGHTS:
        for action in RUNS:
            assert may(action, arn)
        for action in WATCHES:
            assert may(action, f"{arn}/execution/abc")


@pytest.mark.parametrize(
    ("audience", "subject", "trusted"),
    [
        (AUDIENCE, "system:serviceaccount:airflow:worker", True),
        (AUDIENCE, "system:serviceaccount:airflow:default", False),
        (AUDIENCE, "system:serviceaccount:other:worker", False),
        ("kubernetes", "system:serviceaccount:airflow:worker", False),
    ],
)
def test_only_the_named_service_accounts_of_the_cluster_may_take_it(
    audience: str, subject: str, *, trusted: bool
) -> None:
    said = json.loads(declare(OrchestratorAccess)["it-role"].inputs["assumeRolePolicy"])
    statement = said["Statement"][0]
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    wanted = statement["Condition"]["StringEquals"]
    given = {"oidc.example.com/id/TEST:aud": audience, "oidc.example.com/id/TEST:sub": subject}
    holds = all(
        given[key] in ([one] if isinstance(one, str) else one) for key, one in wanted.items()
    )
    assert wanted.keys() == given.keys()
    assert holds is trusted


def test_roles_are_trusted_by_their_whole_name() -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/airflow"
    said = trust_orchestrator(provider_arn=None, issuer=None, subjects=(), roles=[arn])
    policies = Policies(resource=said)
    for name, trusted in ((arn, True), (f"{arn}-2", False)):
        asked = Request("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/it")
        assert bool(decide(asked, Principal(ACCOUNT, [name]), policies)) is trusted


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"issuer": None}, "service_accounts must be given with issuer and only then"),
        ({"service_accounts": []}, "service_accounts must be given with issuer and only then"),
        (
            {"issuer": None, "service_accounts": [], "role_arns": []},
            r"role_arns must not be empty without an issuer, got \[\]",
        ),
    ],
)
def test_a_role_that_nobody_could_take_is_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        args(OrchestratorAccess, **changes)


def test_an_issuer_that_the_account_has_is_not_declared_again() -> None:
    provider = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
    assert len(declare(OrchestratorAccess).of_type(provider)) == 1
    assert not declare(OrchestratorAccess, provider_exists=True).of_type(provider)
