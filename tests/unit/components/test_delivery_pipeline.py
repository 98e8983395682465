"""In which order a revision is delivered, and what each of its builds may do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components._iam_promotion import releases_for
from components._place import Place
from components.delivery_pipeline import DeliveryPipeline
from components.downstream import Downstream
from components.revisions import SourceObject
from infra.emulator.iam.decision import Policies, Principal, Request, decide
from infra.graph.model import ResourceGraph
from tests.promotion.policy import allows
from tests.unit.components.support import KEY, args, declare

ACCOUNT = "123456789012"
UPSTREAM = SourceObject(bucket="upstream", key="releases/source.zip", key_arn=f"{KEY}-upstream")
KINDS = ("check", "preview", "deploy")


def stages(graph: ResourceGraph) -> dict[str, list[dict[str, Any]]]:
    declared = graph["it-pipeline"].inputs["stages"]
    return {stage["name"]: stage["actions"] for stage in declared}


def may(graph: ResourceGraph, role: str, action: str, resource: str = "*") -> bool:
    """Tell whether a role of the component may; ``role`` is its logical name."""
    names = [one.name for one in graph.of_type("aws:iam/policy:Policy")]
    documents = [
        graph[name].inputs["policy"]
        for name in names
        if name.startswith(f"{role}-") and name != "it-boundary"
    ]
    documents += [
        one.inputs["policy"]
        for one in graph.of_type("aws:iam/rolePolicy:RolePolicy")
        if one.inputs["role"] == graph[f"{role}-role"].inputs.get("name", f"{role}-role")
    ]
    known = {
        "aws:ResourceAccount": ACCOUNT,
        "aws:RequestedRegion": "us-east-1",
        "iam:PassedToService": "codepipeline.amazonaws.com",
        "iam:PermissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/test-dev-services",
        "aws:ResourceTag/environment": "test",
        "aws:ResourceTag/project": "p",
        "aws:ResourceTag/team": "t",
    }
    limited = "permissionsBoundary" in graph[f"{role}-role"].inputs
    limit = graph["it-boundary"].inputs["policy"] if limited else None
    # A key's own policy lets the account's policies count.
    key = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
    by_key = {"Statement": [{**key, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}]}
    held = json.dumps(by_key) if action.startswith("kms:") else None
    policies = Policies(identity=documents, boundary=limit, resource=held)
    asked = Request(action=action, resource=resource, keys=known)
    return bool(decide(asked, Principal(account_id=ACCOUNT), policies))


@pytest.mark.parametrize("field", ["preview", "deploy"])
def test_a_pipeline_that_shows_or_changes_nothing_is_refused(field: str) -> None:
    with pytest.raises(ValueError, match=f"{field} must hold one command or more, got none"):
        args(DeliveryPipeline, **{field: []})


def test_a_repository_that_nothing_checks_is_refused() -> None:
    with pytest.raises(ValueError, match="check must hold one command or more for a repository"):
        args(DeliveryPipeline, check=[])


def test_a_revision_is_checked_once_and_handed_on_whole() -> None:
    found = stages(declare(DeliveryPipeline))
    assert list(found) == ["Source", "Check", "Deliver", "Release"]
    assert found["Source"][0]["provider"] == "CodeStarSourceConnection"
    assert found["Check"][0]["outputArtifacts"] == ["checked"]
    for action in (found["Deliver"][0], found["Deliver"][2], found["Release"][0]):
        assert action["inputArtifacts"] == ["checked"]
    assert found["Release"][0]["configuration"]["Extract"] == "false"


def test_what_was_released_upstream_is_taken_as_it_is() -> None:
    found = stages(declare(DeliveryPipeline, source=UPSTREAM, check=[], releases=False))
    assert list(found) == ["Source", "Deliver"]
    assert found["Source"][0]["configuration"] == {
        "S3Bucket": "upstream",
        "S3ObjectKey": "releases/source.zip",
        "PollForSourceChanges": "false",
    }


def test_nothing_is_deployed_between_a_preview_and_its_deployment() -> None:
    found = stages(declare(DeliveryPipeline))["Deliver"]
    assert [(one["name"], one["runOrder"]) for one in found] == [
        ("Preview", 1),
        ("Approve", 2),
        ("Deploy", 3),
    ]
    link = found[1]["configuration"]["ExternalEntityLink"]
    assert link.endswith("/build/#{Preview.CODEBUILD_BUILD_ID}/log")
    preview = json.loads(
        declare(DeliveryPipeline)["it-preview-project"].inputs["source"]["buildspec"]
    )
    assert preview["env"]["exported-variables"] == ["CODEBUILD_BUILD_ID"]


def test_a_new_release_upstream_starts_the_pipeline() -> None:
    graph = declare(DeliveryPipeline, source=UPSTREAM, check=[])
    detail = json.loads(graph["it-source"].inputs["eventPattern"])["detail"]
    assert detail["bucket"] == {"name": ["upstream"]}
    assert may(graph, "it", "s3:GetObjectVersion", "arn:aws:s3:::upstream/releases/source.zip")
    assert may(graph, "it", "kms:Decrypt", f"{KEY}-upstream")
    assert not may(graph, "it", "s3:GetObject", "arn:aws:s3:::upstream/code/other.zip")


def test_the_pipeline_itself_changes_nothing_of_the_stack() -> None:
    graph = declare(DeliveryPipeline)
    assert may(graph, "it", "s3:PutObject", "arn:aws:s3:::artifacts/releases/source.zip")
    assert may(graph, "it", "s3:PutObject", "arn:aws:s3:::artifacts/test-dev-delivery/checked/x")
    for action in ("s3:CreateBucket", "iam:CreateRole", "iam:PassRole"):
        assert not may(graph, "it", action)
    assert not may(graph, "it", "s3:PutObject", "arn:aws:s3:::artifacts/promoted/1")


def test_the_checks_reach_nothing_but_artifacts() -> None:
    graph = declare(DeliveryPipeline)
    assert may(graph, "it-check", "s3:PutObject", "arn:aws:s3:::artifacts/test-dev-delivery/c/x")
    assert not may(graph, "it-check", "s3:GetObject", "arn:aws:s3:::state/.pulumi/stacks/x")
    assert not may(graph, "it-check", "iam:GetRole")


def test_only_the_deployment_changes_the_stack_and_its_state() -> None:
    graph = declare(DeliveryPipeline)
    role = f"arn:aws:iam::{ACCOUNT}:role/mlops/test-dev/flights"
    state = "arn:aws:s3:::state/.pulumi/stacks/flights"
    assert may(graph, "it-deploy", "iam:PassRole", role)
    assert may(graph, "it-deploy", "s3:PutObject", state)
    assert may(graph, "it-preview", "s3:GetObject", state)
    for action, resource in (("iam:PassRole", role), ("s3:PutObject", state)):
        assert not may(graph, "it-preview", action, resource)


@pytest.mark.parametrize("kind", ["preview", "deploy", "source-promotion"])
def test_the_deployment_cannot_change_or_lend_what_decides_about_it(kind: str) -> None:
    graph = declare(
        DeliveryPipeline,
        writing=["iam:PutRolePolicy", "iam:PassRole", "codepipeline:CreatePipeline"],
    )
    for action in ("iam:PutRolePolicy", "iam:PassRole"):
        assert may(graph, "it-deploy", action, f"arn:aws:iam::{ACCOUNT}:role/test-dev-x")
        own = f"arn:aws:iam::{ACCOUNT}:role/test-dev-pipeline-{kind}"
        assert not may(graph, "it-deploy", action, own)


@pytest.mark.parametrize(
    ("role", "key", "expected"),
    [
        ("flights-prod-pipeline-source-promotion", "releases/source.zip", True),
        ("flights-prod-pipeline-source-promotion", "code/step.py", False),
        ("flights-prod-pipeline-deploy", "releases/source.zip", False),
        ("vision-prod-pipeline-source-promotion", "releases/source.zip", False),
    ],
)
def test_the_next_environment_reads_versions_of_the_release_alone(
    role: str, key: str, *, expected: bool
) -> None:
    place = Place(partition="aws", region="eu-west-1", account_id="111122223333")
    after = Downstream(account_id="777788889999", role_names="flights-prod-*-promotion")
    statements = releases_for(place, "arn:aws:s3:::artifacts", after)
    policy = json.dumps({"Statement": statements})
    said = allows(
        policy,
        role_arn=f"arn:aws:iam::777788889999:role/{role}",
        action="s3:GetObjectVersion",
        resource=f"arn:aws:s3:::artifacts/{key}",
    )
    assert said is expected
