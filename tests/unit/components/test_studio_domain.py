"""Studio: closed to the network, each profile with its own role, idle applications stopped."""

from __future__ import annotations

from typing import Any

import pytest

from components.artifact_store import ArtifactStore
from components.studio_domain import StudioDomain
from tests.unit.components.support import KEY, allowed, args, declare

DOMAIN = "arn:aws:sagemaker:us-east-1:123456789012:domain/it-domain-id"
PROFILE = "arn:aws:sagemaker:us-east-1:123456789012:user-profile/it-domain-id"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"members": {}}, "members must name somebody, got none"),
        (
            {"members": {"first": "data_engineer"}},
            r"members must have roles of \['data_scientist', 'ml_engineer'\], got"
            r" \['data_engineer'\]",
        ),
        ({"subnet_ids": []}, "subnet_ids must not be empty"),
        ({"security_group_ids": []}, "security_group_ids must not be empty"),
    ],
)
def test_a_domain_for_nobody_or_out_of_the_network_is_refused(
    change: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        args(StudioDomain, **change)


def test_what_a_profile_leaves_open_runs_as_a_role_without_rights() -> None:
    graph = declare(StudioDomain)
    settings = graph["it-domain"].inputs["defaultUserSettings"]
    assert settings["executionRole"] == "arn:aws:mock:us-east-1:123456789012:it-role"
    policies = graph.of_type("aws:iam/rolePolicy:RolePolicy")
    assert {one.inputs["role"] for one in policies} == {"data_scientist", "ml_engineer"}
    assert "managedPolicyArns" not in graph["it-role"].inputs


@pytest.mark.parametrize("application", ["jupyterLabAppSettings", "codeEditorAppSettings"])
def test_an_idle_application_stops_and_no_member_can_let_it_run_longer(application: str) -> None:
    domain = declare(StudioDomain, idle_minutes=90)["it-domain"]
    life = domain.inputs["defaultUserSettings"][application]["appLifecycleManagement"]
    assert life["idleSettings"] == {
        "lifecycleManagement": "ENABLED",
        "idleTimeoutInMinutes": 90,
        "maxIdleTimeoutInMinutes": 90,
    }


def test_outputs_of_notebooks_are_not_shared() -> None:
    settings = declare(StudioDomain)["it-domain"].inputs["defaultUserSettings"]
    assert settings["sharingSettings"] == {"notebookOutputOption": "Disabled"}
    assert settings["securityGroups"] == ["sg-1"]


def test_a_role_opens_the_profiles_of_its_members_and_no_other() -> None:
    members = {"first": "data_scientist", "second": "ml_engineer", "third": "data_scientist"}
    graph = declare(StudioDomain, members=members)
    may = allowed(graph, "it-data-scientist-policy")
    assert may["sagemaker:CreatePresignedDomainUrl"] == [f"{PROFILE}/first", f"{PROFILE}/third"]
    assert may["sagemaker:DescribeDomain"] == [DOMAIN]
    assert may["kms:CreateGrant"] == [KEY]
    assert not {"sagemaker:UpdateUserProfile", "sagemaker:CreateUserProfile"} & may.keys()


def test_homes_go_with_a_domain_that_is_not_protected() -> None:
    domain = declare(StudioDomain, deletion_protection=False)["it-domain"]
    assert domain.inputs["retentionPolicy"] == {"homeEfsFileSystem": "Delete"}
    assert not domain.protect


@pytest.mark.parametrize("studio", [True, False])
def test_only_for_studio_is_the_key_of_artifacts_used_through_efs(studio: bool) -> None:  # noqa: FBT001 - a case
    graph = declare(ArtifactStore, studio=studio)
    through = {
        one.name
        for one in graph.of_type("aws:kms/key:Key")
        if "elasticfilesystem.us-east-1.amazonaws.com" in one.inputs["policy"]
    }
    assert through == ({"it-artifacts-data-key"} if studio else set())
