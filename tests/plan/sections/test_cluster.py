"""What a plan says of a stack's cluster: pods that stand, GPUs, and who may do what there."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings

from infra.plan import capacity, permissions, prices
from infra.plan._cluster import BINDINGS, DEPLOYMENT, GPU, INFERENCE, ROLES, SCALER
from infra.plan._standing import PODS, Standing
from infra.plan.render.capacity import markdown as capacity_told
from infra.plan.render.permissions import markdown as permissions_told
from infra.plan.render.prices import markdown as prices_told
from tests.plan.sections import support
from tests.plan.sections.test_prices import PRICES, TODAY
from tests.stacks import support as stacks

ROLE = "kubernetes:rbac.authorization.k8s.io/v1:Role"
BINDING = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"


@pytest.fixture(scope="module")
def vision() -> dict[str, Any]:
    """Return the resources of a stack with a cluster, one version live."""
    live = stacks.package_arn("vision-dev")
    return {
        urn: {"type": one.type, "name": one.name, "inputs": one.inputs}
        for urn, one in stacks.graph("vision-dev", live=live, standing=True).resources.items()
    }


@pytest.fixture
def head(vision: dict[str, Any]) -> dict[str, Any]:
    return copy.deepcopy(vision)


def named(resources: dict[str, Any], token: str, name: str) -> dict[str, Any]:
    """Return the inputs of an object of the cluster by its name there."""
    [inputs] = [
        one["inputs"]
        for one in resources.values()
        if one["type"] == token and one["inputs"]["metadata"]["name"] == name
    ]
    assert isinstance(inputs, dict)
    return inputs


def pods(resources: dict[str, Any]) -> list[Standing]:
    return [one for one in capacity.read(resources).standing if one.kind == PODS]


def test_pods_stand_between_the_bounds_of_their_autoscaler(vision: dict[str, Any]) -> None:
    [one] = pods(vision)
    assert (one.size, one.count, one.most, one.gpus) == ("1000m cpu 4096Mi memory", 1, 2, 1)


def test_pods_of_an_inference_service_stand_between_its_own(head: dict[str, Any]) -> None:
    deployed = named(head, DEPLOYMENT, "digits")
    pod = deployed["spec"]["template"]["spec"]
    head["isvc"] = {
        "type": INFERENCE,
        "name": "isvc",
        "inputs": {
            "metadata": deployed["metadata"],
            "spec": {"predictor": {"minReplicas": 2, "maxReplicas": 5, **pod}},
        },
    }
    found = {one.name: (one.count, one.most, one.gpus) for one in pods(head)}
    assert found["isvc"] == (2, 5, 1)


def test_a_change_of_pods_is_told_with_their_gpus(
    vision: dict[str, Any], head: dict[str, Any]
) -> None:
    named(head, SCALER, "digits")["spec"]["maxReplicas"] = 4
    told = capacity_told(capacity.compare(vision, head))
    each = "x `1000m cpu 4096Mi memory`, 1 GPU each"
    assert f"`digits-kubernetes-serving-server`: 1 to 2 {each} → 1 to 4 {each}" in told


def test_pods_have_no_price_and_the_plan_says_so(
    vision: dict[str, Any], head: dict[str, Any]
) -> None:
    named(head, SCALER, "digits")["spec"]["minReplicas"] = 2
    change = capacity.compare(vision, head)
    money = prices.compare(change, PRICES, region="us-east-1", budget=None, today=TODAY)
    assert money.head == money.base
    assert f"{PODS} 1000m cpu 4096Mi memory" in money.unpriced
    assert "without a price in the list, and so in no figure" in prices_told(money)


def test_pods_whose_number_or_gpus_nobody_knows_are_named(head: dict[str, Any]) -> None:
    deployed = named(head, DEPLOYMENT, "digits")
    container = deployed["spec"]["template"]["spec"]["containers"][0]
    container["resources"]["limits"][GPU] = "half"
    assert pods(head) == []
    assert "digits-kubernetes-serving-server" in capacity.read(head).unknown


def test_who_gains_a_verb_is_told_by_group_and_namespace(
    vision: dict[str, Any], head: dict[str, Any]
) -> None:
    [core, *_] = named(head, ROLE, "data-scientist")["rules"]
    core["verbs"].append("delete")
    told = permissions_told(permissions.compare(vision, head))
    assert "cluster group `vision-dev:data_scientist`" in told
    assert "gains `kubernetes:delete` on `vision-dev/core/configmaps:*`" in told
    assert permissions.compare(vision, copy.deepcopy(vision)) == permissions.Permissions()


def test_a_part_of_an_object_is_another_permission_than_the_object(
    vision: dict[str, Any], head: dict[str, Any]
) -> None:
    rule = {"apiGroups": [""], "resources": ["pods"], "verbs": ["create"]}
    named(vision := copy.deepcopy(vision), ROLE, "ml-engineer")["rules"].append(rule)
    both = {**rule, "resources": ["pods", "pods/exec"]}
    named(head, ROLE, "ml-engineer")["rules"].append(both)
    [one] = permissions.compare(vision, head).principals
    assert [grant.resources for grant in one.gained] == [("vision-dev/core/pods/exec:*",)]


def test_a_binding_to_somebody_or_to_a_role_of_the_cluster_is_told(
    vision: dict[str, Any], head: dict[str, Any]
) -> None:
    bound = named(head, BINDING, "software-engineer")
    bound["subjects"].append({"kind": "ServiceAccount", "name": "digits"})
    head["admins"] = {
        "type": BINDING,
        "name": "admins",
        "inputs": {
            "metadata": {"name": "admins", "namespace": "vision-dev"},
            "roleRef": {"kind": "ClusterRole", "name": "admin"},
            "subjects": [{"kind": "User", "name": "somebody"}],
        },
    }
    found = {(one.kind, one.name): one for one in permissions.compare(vision, head).principals}
    assert found["cluster serviceaccount", "vision-dev/digits"].gained
    admin = found["cluster user", "somebody"]
    assert admin.managed_gained == ("ClusterRole admin in vision-dev",)


KEYS = (
    *("metadata", "name", "namespace", "spec", "replicas", "template", "containers", "resources"),
    *("limits", "requests", GPU, "predictor", "scaleTargetRef", "kind", "rules", "verbs"),
    *("apiGroups", "resourceNames", "subjects", "roleRef", "Role", "ServiceAccount"),
)


@settings(max_examples=60, deadline=None)
@given(inputs=support.json(*KEYS))
def test_any_json_on_a_cluster_gives_sections_that_can_be_written(inputs: Any) -> None:
    tokens = (DEPLOYMENT, INFERENCE, SCALER, *ROLES, *sorted(BINDINGS))
    made = {token: {"type": token, "name": token, "inputs": inputs} for token in tokens}
    deep = support.deep(60, inputs)
    made |= {
        f"{token} deep": {"type": token, "name": "d", "inputs": {"spec": deep}} for token in tokens
    }
    support.assert_harmless(capacity_told(capacity.compare({}, made)))
    support.assert_harmless(permissions_told(permissions.compare({}, made)))
