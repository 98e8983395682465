"""Who may do what in a namespace: roles and bindings as the API server would decide."""

from __future__ import annotations

from functools import cache

import pytest

from components._iam_people import ROLES
from components._kubernetes_people import rules
from components.team_namespace import TeamNamespace
from infra.graph.model import Resource
from infra.kubernetes.rbac import ADMINISTRATORS, Access, Subject, allowed
from tests.unit.components.support import declare

LOOKS = ("solution_architect", "data_scientist", "data_engineer", "software_engineer")
EVERYBODY = (*LOOKS, "devops_engineer", "ml_engineer")
CAN = {
    ("get", "apps", "deployments"): EVERYBODY,
    ("get", "", "pods/log"): EVERYBODY[1:],
    ("create", "", "services/proxy"): ("software_engineer", "ml_engineer"),
    ("create", "batch", "jobs"): ("ml_engineer",),
    ("patch", "trainer.kubeflow.org", "trainjobs"): ("ml_engineer",),
    ("delete", "", "pods"): ("devops_engineer",),
    ("patch", "apps", "deployments/scale"): ("devops_engineer",),
    ("get", "", "secrets"): (),
    ("create", "", "pods/exec"): (),
    ("create", "", "serviceaccounts/token"): (),
    ("update", "apps", "deployments"): (),
    ("create", "rbac.authorization.k8s.io", "rolebindings"): (),
    ("delete", "", "namespaces"): (),
    ("patch", "", "resourcequotas"): (),
}


@cache
def objects(*, experiments: bool) -> list[Resource]:
    """Return what two teams' namespaces consist of."""
    graphs = [
        declare(TeamNamespace, namespace=name, experiments=experiments)
        for name in ("test-dev", "other-dev")
    ]
    return [one for graph in graphs for one in graph.resources.values()]


def may(  # noqa: PLR0913 - what a request consists of
    role: str,
    verb: str,
    group: str,
    resource: str,
    *,
    team: str = "test-dev",
    experiments: bool = False,
) -> bool:
    """Tell whether a role of ``test-dev`` may do something in a team's namespace."""
    held = objects(experiments=experiments)
    who = Subject(user="p", groups=(f"test-dev:{role}", "system:authenticated"))
    wanted = Access(verb=verb, group=group, resource=resource, namespace=team)
    return allowed(
        who,
        wanted,
        [one.inputs for one in held if one.type.endswith(":Role") and "rules" in one.inputs],
        [one.inputs for one in held if one.type.endswith(":RoleBinding")],
    )


@pytest.mark.parametrize("wanted", CAN, ids=lambda one: f"{one[0]} {one[2]}")
def test_each_role_may_what_the_table_says_and_no_other(wanted: tuple[str, str, str]) -> None:
    assert tuple(role for role in EVERYBODY if may(role, *wanted)) == CAN[wanted]
    assert not may("business_stakeholder", *wanted)


@pytest.mark.parametrize("role", EVERYBODY)
def test_no_role_reaches_another_teams_namespace(role: str) -> None:
    for rule in rules(role, experiments=True):  # type: ignore[arg-type]  # of ROLES
        for resource in rule["resources"]:
            for verb in rule["verbs"]:
                (group,) = rule["apiGroups"]
                assert may(role, verb, group, resource, experiments=True)
                wanted = (role, verb, group, resource)
                assert not may(*wanted, team="other-dev", experiments=True)


def test_scientists_run_jobs_only_where_experiments_are_on() -> None:
    for on in (False, True):
        held = rules("data_scientist", experiments=on)
        assert any("create" in one["verbs"] for one in held) is on


def test_every_role_of_the_platform_has_rules_of_its_own() -> None:
    assert {role for role in ROLES if rules(role, experiments=False)} == set(EVERYBODY)


def test_nothing_of_the_whole_cluster_is_anybodys_but_the_administrators() -> None:
    wanted = Access(verb="list", group="", resource="nodes")
    role = {"metadata": {"name": "r", "namespace": "n"}, "rules": [{"verbs": ["*"]}]}
    assert not allowed(Subject(user="p", groups=("test-dev:ml_engineer",)), wanted, [role], [])
    assert allowed(Subject(user="p", groups=(ADMINISTRATORS,)), wanted, [], [])
