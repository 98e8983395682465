"""Roles, policies and attachments."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from infra.resources.clients import EndpointClients
from infra.resources.iam import EXISTING_VERSIONS, TYPES
from tests.resources.types import Standing, assert_lives, of, stand

ROLE = of(TYPES, "aws:iam/role:Role")
INLINE = of(TYPES, "aws:iam/rolePolicy:RolePolicy")
POLICY = of(TYPES, "aws:iam/policy:Policy")
ATTACHMENT = of(TYPES, "aws:iam/rolePolicyAttachment:RolePolicyAttachment")


def trust(service: str = "sagemaker.amazonaws.com") -> str:
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": service},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def may(action: str) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def role(aws: EndpointClients, name: str, **declared: object) -> Standing:
    return stand(ROLE, aws, name, {"assumeRolePolicy": trust(), **declared})


def test_a_role_reads_back_as_declared_and_goes(aws: EndpointClients) -> None:
    boundary = stand(POLICY, aws, "boundary", {"policy": may("s3:*")}).id
    declared = {
        "description": "works",
        "maxSessionDuration": 7200,
        "permissionsBoundary": boundary,
        "path": "/team/",
        "tags": {"a": "b"},
    }
    assert_lives(role(aws, "worker", **declared))


def test_a_role_takes_changes_of_all_its_parts(aws: EndpointClients) -> None:
    boundary = stand(POLICY, aws, "limits", {"policy": may("s3:*")}).id
    standing = role(aws, "changing", permissionsBoundary=boundary, tags={"a": "b", "c": "d"})
    changed = standing.changed(
        assumeRolePolicy=trust("lambda.amazonaws.com"),
        description="new",
        permissionsBoundary=None,
        tags={"a": "e"},
    )
    held = aws("iam").get_role(RoleName=standing.id)["Role"]
    assert held["AssumeRolePolicyDocument"] == json.loads(trust("lambda.amazonaws.com"))
    assert held["Description"] == "new"
    assert "PermissionsBoundary" not in held
    assert changed.outputs["tags"] == {"a": "e"}
    assert_lives(changed)


def test_a_role_that_somebody_changed_reads_back_as_it_is(aws: EndpointClients) -> None:
    standing = role(aws, "drifting", description="declared")
    aws("iam").update_role(RoleName=standing.id, Description="changed by hand")
    found = standing.read()
    assert found is not None
    assert found.outputs["description"] == "changed by hand"


def test_an_inline_policy_reads_back_as_declared_and_goes(aws: EndpointClients) -> None:
    worker = role(aws, "inline")
    standing = stand(INLINE, aws, "may", {"role": worker.id, "policy": may("s3:GetObject")})
    assert standing.id == f"{worker.id}:{standing.inputs['name']}"
    changed = standing.changed(policy=may("s3:PutObject"))
    assert changed.outputs["policy"] == may("s3:PutObject")
    assert_lives(changed)


def test_a_managed_policy_keeps_its_arn_through_any_number_of_changes(
    aws: EndpointClients,
) -> None:
    standing = stand(POLICY, aws, "managed", {"policy": may("s3:GetObject"), "tags": {"a": "b"}})
    for index in range(EXISTING_VERSIONS + 1):
        changed = standing.changed(policy=may(f"s3:Get{index}"))
        assert changed.id == standing.id
        assert changed.outputs["policy"] == may(f"s3:Get{index}")
        standing = changed
    assert_lives(standing)


def test_an_attachment_reads_back_as_declared_and_goes(aws: EndpointClients) -> None:
    worker = role(aws, "attached")
    policy = stand(POLICY, aws, "attached", {"policy": may("s3:GetObject")})
    assert_lives(stand(ATTACHMENT, aws, "is", {"role": worker.id, "policyArn": policy.id}))


def test_a_role_goes_with_what_others_attached_where_that_is_forced(aws: EndpointClients) -> None:
    policy = stand(POLICY, aws, "theirs", {"policy": may("s3:GetObject")})
    for forced in (False, True):
        worker = role(aws, "forced", forceDetachPolicies=forced)
        aws("iam").attach_role_policy(RoleName=worker.id, PolicyArn=policy.id)
        if forced:
            worker.delete()
            assert worker.read() is None
        else:
            with pytest.raises(ClientError, match="DeleteConflict"):
                worker.delete()


def test_an_identity_provider_reads_back_takes_other_tags_and_goes(
    aws: EndpointClients,
) -> None:
    provider = of(TYPES, "aws:iam/openIdConnectProvider:OpenIdConnectProvider")
    declared = {
        "url": "https://token.actions.githubusercontent.com",
        "clientIdLists": ["sts.amazonaws.com"],
        "tags": {"team": "flights"},
    }
    standing = stand(provider, aws, "github", declared)
    assert standing.id.endswith(":oidc-provider/token.actions.githubusercontent.com")
    changed = standing.changed(tags={"team": "vision"})
    assert changed.id == standing.id
    assert changed.outputs["tags"] == {"team": "vision"}
    assert_lives(changed)
