"""Parts of objects: tokens of service accounts, evictions, and what may not change in place."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import kubernetes.client
import pytest
from kubernetes.client.exceptions import ApiException

from infra.emulator.server import Emulator
from tests.emulator.kubernetes.support import SPACE, deployment, job, refused, said

client: Any = kubernetes.client  # its methods take models, and mappings as well
PARTS = ("credentials", "containers", "kubernetes")
GROUP = "rbac.authorization.k8s.io"


def rbac(kind: str, **more: Any) -> dict[str, Any]:
    return {"apiVersion": f"{GROUP}/v1", "kind": kind, "metadata": {"name": "reader"}, **more}


@pytest.fixture(scope="module")
def reader(api: Any) -> str:
    """Return a service account that may list configuration and nothing else."""
    made = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "reader"}}
    client.CoreV1Api(api).create_namespaced_service_account(SPACE, made)
    roles = client.RbacAuthorizationV1Api(api)
    rule = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["list"]}
    roles.create_namespaced_role(SPACE, rbac("Role", rules=[rule]))
    subject = {"kind": "ServiceAccount", "name": "reader", "namespace": SPACE}
    referred = {"apiGroup": GROUP, "kind": "Role", "name": "reader"}
    roles.create_namespaced_role_binding(
        SPACE, rbac("RoleBinding", roleRef=referred, subjects=[subject])
    )
    return "reader"


def token(core: Any, account: str, **spec: Any) -> str:
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
    made = core.create_namespaced_service_account_token(account, SPACE, asked).to_dict()
    assert made["status"]["expiration_timestamp"]
    return str(made["status"]["token"])


def bearer(api: Any, signed: str) -> Any:
    made = client.ApiClient(api.configuration)
    made.set_default_header("Authorization", f"Bearer {signed}")
    return client.CoreV1Api(made)


def test_a_token_is_its_account_for_as_long_as_it_lives(
    emulator: Emulator, api: Any, core: Any, reader: str
) -> None:
    someone = bearer(api, token(core, reader, expirationSeconds=600, audiences=["kubernetes"]))
    someone.list_namespaced_config_map(SPACE)
    with pytest.raises(ApiException) as raised:
        someone.list_namespaced_pod(SPACE)
    user = f"system:serviceaccount:{SPACE}:reader"
    assert f'User "{user}" cannot list resource "pods"' in refused(raised)["message"]
    clock = emulator.context.clock
    clock.advance_to(clock.now() + timedelta(seconds=601))
    with pytest.raises(ApiException) as raised:
        someone.list_namespaced_config_map(SPACE)
    assert refused(raised)["reason"] == "Unauthorized"


def test_a_token_for_others_is_none_for_the_cluster(api: Any, core: Any, reader: str) -> None:
    for signed in (token(core, reader, audiences=["sts.amazonaws.com"]), "a.b.c"):
        with pytest.raises(ApiException) as raised:
            bearer(api, signed).list_namespaced_config_map(SPACE)
        assert refused(raised)["code"] == 401


@pytest.mark.parametrize(
    ("account", "spec", "told"),
    [
        ("nobody", {}, 'serviceaccounts "nobody" not found'),
        ("reader", {"expirationSeconds": 599}, "may not specify a duration less than 10 minutes"),
        ("reader", {"boundObjectRef": {"kind": "Pod"}}, "bound to an object is not emulated"),
    ],
)
def test_a_token_that_is_not_given_says_why(
    api: Any, reader: str, account: str, spec: dict[str, Any], told: str
) -> None:
    del reader
    path = f"/api/v1/namespaces/{SPACE}/serviceaccounts/{account}/token"
    assert told in said(api, "POST", path, {"spec": spec})["message"]


def budget(api: Any, name: str, **spec: Any) -> None:
    client.PolicyV1Api(api).create_namespaced_pod_disruption_budget(
        SPACE,
        {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": name},
            "spec": {"selector": {"matchLabels": {"app": "drained"}}, **spec},
        },
    )


def evict(core: Any, name: str) -> None:
    asked = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}}
    core.create_namespaced_pod_eviction(name, SPACE, asked)


def names(core: Any) -> list[str]:
    found = core.list_namespaced_pod(SPACE, label_selector="app=drained").to_dict()["items"]
    return [one["metadata"]["name"] for one in found]


def test_drained_pods_go_one_by_one_and_are_replaced(
    emulator: Emulator, api: Any, core: Any
) -> None:
    client.AppsV1Api(api).create_namespaced_deployment(
        SPACE, deployment("drained", "x", replicas=2)
    )
    budget(api, "drained", maxUnavailable=1)
    emulator.settle()
    first, second = names(core)
    evict(core, first)
    with pytest.raises(ApiException) as raised:
        evict(core, second)
    told = refused(raised)
    assert (told["code"], told["reason"]) == (429, "TooManyRequests")
    [cause] = told["details"]["causes"]
    assert cause == {
        "reason": "DisruptionBudget",
        "message": "The disruption budget drained needs 1 healthy pods and has 1 currently",
    }
    emulator.settle()
    assert len(names(core)) == 2
    assert first not in names(core)
    assert second in names(core)
    evict(core, second)


def test_a_pod_of_two_budgets_is_not_evicted(emulator: Emulator, api: Any, core: Any) -> None:
    emulator.settle()
    budget(api, "second", minAvailable="50%")
    with pytest.raises(ApiException) as raised:
        evict(core, names(core)[0])
    assert "more than one PodDisruptionBudget" in refused(raised)["message"]
    policy = client.PolicyV1Api(api)
    policy.delete_namespaced_pod_disruption_budget("second", SPACE)
    evict(core, names(core)[0])


def test_configuration_that_calls_itself_immutable_does_not_change(core: Any) -> None:
    made = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "fixed"},
        "data": {"key": "1"},
        "immutable": True,
    }
    core.create_namespaced_config_map(SPACE, made)
    core.patch_namespaced_config_map("fixed", SPACE, {"metadata": {"labels": {"a": "b"}}})
    for change in ({"data": {"key": "2"}}, {"immutable": False}):
        with pytest.raises(ApiException) as raised:
            core.patch_namespaced_config_map("fixed", SPACE, change)
        assert "field is immutable" in refused(raised)["message"]


def test_what_an_object_was_made_with_is_not_changed_in_place(api: Any) -> None:
    client.AppsV1Api(api).create_namespaced_deployment(SPACE, deployment("held", "x", replicas=0))
    client.BatchV1Api(api).create_namespaced_job(SPACE, job("held", "", suspend=True))
    other = {"app": "other"}
    for path, changed in (
        ("apps/v1/deployments", {"selector": {"matchLabels": other}}),
        ("batch/v1/jobs", {}),
    ):
        version, _, plural = path.rpartition("/")
        where = f"/apis/{version}/namespaces/{SPACE}/{plural}/held"
        now = dict(said(api, "GET", where))
        now["spec"] = {**now["spec"], **changed}
        template = now["spec"]["template"]
        template["spec"]["terminationGracePeriodSeconds"] = 7
        template["metadata"] = {
            "labels": {**template.get("metadata", {}).get("labels", {}), **other}
        }
        assert said(api, "PUT", where, now)["message"].endswith("field is immutable")
