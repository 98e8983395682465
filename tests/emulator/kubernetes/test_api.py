"""The API server as the official client knows it: what it keeps, and what it refuses in words."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import kubernetes.client
import kubernetes.config
import pytest
from kubernetes.client.exceptions import ApiException

from infra.emulator.kubernetes import cluster
from infra.emulator.server import Emulator
from infra.kubernetes.kubeconfig import write
from tests.emulator.kubernetes.support import IMAGE, SPACE, job, namespace, pod_spec, refused, said

client: Any = kubernetes.client  # its methods take models, and mappings as well

PARTS = ("credentials", "containers", "kubernetes")


def config_map(name: str, **labels: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": SPACE, "labels": labels},
        "data": {"key": "value"},
    }


def pod(name: str, spec: dict[str, Any]) -> dict[str, Any]:
    own = {"name": name, "namespace": SPACE}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": own, "spec": spec}


def test_an_object_is_kept_listed_changed_and_removed(core: Any) -> None:
    made = core.create_namespaced_config_map(SPACE, config_map("kept", app="a")).to_dict()
    assert made["metadata"]["uid"]
    found = core.list_namespaced_config_map(SPACE, label_selector="app in (a,b)").to_dict()
    assert [one["metadata"]["name"] for one in found["items"]] == ["kept"]
    assert not core.list_namespaced_config_map(SPACE, label_selector="app,app!=a").items
    core.patch_namespaced_config_map("kept", SPACE, {"data": {"key": None, "other": "1"}})
    assert core.read_namespaced_config_map("kept", SPACE).data == {"other": "1"}
    core.delete_namespaced_config_map("kept", SPACE)
    with pytest.raises(ApiException) as raised:
        core.read_namespaced_config_map("kept", SPACE)
    assert refused(raised)["message"] == 'configmaps "kept" not found'


def test_a_name_is_taken_once(core: Any) -> None:
    core.create_namespaced_config_map(SPACE, config_map("once"))
    with pytest.raises(ApiException) as raised:
        core.create_namespaced_config_map(SPACE, config_map("once"))
    assert refused(raised)["reason"] == "AlreadyExists"


def test_the_kubeconfig_that_is_written_leads_to_the_cluster(api: Any, tmp_path: Path) -> None:
    config: Any = kubernetes.config
    found = config.new_client_from_config(str(write(tmp_path, api.configuration.host)))
    assert SPACE in [one.metadata.name for one in client.CoreV1Api(found).list_namespace().items]


def test_who_changes_an_old_state_is_refused(core: Any) -> None:
    old = core.create_namespaced_config_map(SPACE, config_map("raced")).to_dict()
    core.patch_namespaced_config_map("raced", SPACE, {"data": {"key": "first"}})
    stale = config_map("raced")
    stale["metadata"]["resourceVersion"] = old["metadata"]["resource_version"]
    with pytest.raises(ApiException) as raised:
        core.replace_namespaced_config_map("raced", SPACE, {**stale, "data": {"key": "second"}})
    assert refused(raised)["reason"] == "Conflict"


def test_nothing_comes_into_a_namespace_that_is_not_there(core: Any) -> None:
    lost = config_map("lost")
    lost["metadata"]["namespace"] = "nowhere"
    with pytest.raises(ApiException) as raised:
        core.create_namespaced_config_map("nowhere", lost)
    assert refused(raised)["message"] == 'namespaces "nowhere" not found'


def test_an_object_of_the_wrong_form_is_told_field_by_field(api: Any) -> None:
    odd = {**config_map("odd"), "data": {"key": 7}}
    status = said(api, "POST", f"/api/v1/namespaces/{SPACE}/configmaps", odd)
    assert status["reason"] == "Invalid"
    assert status["details"]["causes"][0]["message"] == "data.key must be string, got 7"


def test_a_pod_that_is_not_restricted_is_kept_out(core: Any) -> None:
    with pytest.raises(ApiException) as raised:
        core.create_namespaced_pod(
            SPACE, pod("free", {"containers": [{"name": "main", "image": IMAGE}]})
        )
    told = refused(raised)["message"]
    assert 'violates PodSecurity "restricted:latest"' in told
    # in our words, or a server's own
    assert re.search(r"allowPrivilegeEscalation (must be false|!= false)", told)


def test_a_quota_counts_gpus_and_says_what_is_left(core: Any) -> None:
    core.create_namespace(namespace("small"))
    hard = {"hard": {"requests.nvidia.com/gpu": "1", "limits.memory": "1Gi"}}
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"}, "spec": hard}
    core.create_namespaced_resource_quota("small", quota)
    asked = {"resources": {"limits": {"nvidia.com/gpu": "2", "memory": "128Mi"}}}
    wanted = pod("big", pod_spec("", container=asked))
    wanted["metadata"]["namespace"] = "small"
    with pytest.raises(ApiException) as raised:
        core.create_namespaced_pod("small", wanted)
    assert refused(raised)["message"] == (
        'pods "big" is forbidden: exceeded quota: q, requested: requests.nvidia.com/gpu=2, '
        "used: requests.nvidia.com/gpu=0, limited: requests.nvidia.com/gpu=1"
    )
    del asked["resources"]["limits"]["memory"]
    with pytest.raises(ApiException) as raised:
        core.create_namespaced_pod("small", wanted)
    assert "failed quota: q: must specify limits.memory" in refused(raised)["message"]


def test_what_is_not_emulated_says_so(api: Any) -> None:
    for method, path, reason in (
        ("GET", f"/api/v1/namespaces/{SPACE}/configmaps?watch=true", "MethodNotAllowed"),
        ("GET", "/api/v1/nodes", "NotFound"),
        ("GET", "/apis/apps/v1/statefulsets", "NotFound"),
        ("POST", f"/api/v1/namespaces/{SPACE}/pods/x/exec", "NotImplemented"),
    ):
        assert said(api, method, path)["reason"] == reason


def test_a_kind_is_served_only_where_its_operator_is_installed(
    emulator: Emulator, api: Any
) -> None:
    path = "/apis/trainer.kubeflow.org/v1alpha1/trainjobs"
    assert said(api, "GET", path)["kind"] == "TrainJobList"
    found = cluster(emulator.context)
    assert found is not None
    found.configure(None, ["kserve"])
    assert said(api, "GET", path)["message"] == "the server could not find the requested resource"
    found.configure(None, ["kserve", "kubeflow-trainer"])
    with pytest.raises(ValueError, match=r"version must be one of .*, got '1.20'"):
        found.configure("1.20", None)


def test_roles_hold_whoever_is_impersonated(api: Any) -> None:
    rbac = client.RbacAuthorizationV1Api(api)
    group = "rbac.authorization.k8s.io"
    rule = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["list"]}
    rbac.create_namespaced_role(
        SPACE,
        {
            "apiVersion": f"{group}/v1",
            "kind": "Role",
            "metadata": {"name": "r"},
            "rules": [rule],
        },
    )
    rbac.create_namespaced_role_binding(
        SPACE,
        {
            "apiVersion": f"{group}/v1",
            "kind": "RoleBinding",
            "metadata": {"name": "r"},
            "roleRef": {"apiGroup": group, "kind": "Role", "name": "r"},
            "subjects": [{"apiGroup": group, "kind": "Group", "name": "people"}],
        },
    )
    person = client.ApiClient(api.configuration)
    person.set_default_header("Impersonate-User", "p")
    person.set_default_header("Impersonate-Group", "people")
    client.CoreV1Api(person).list_namespaced_config_map(SPACE)
    with pytest.raises(ApiException) as raised:
        client.CoreV1Api(person).list_namespaced_config_map("small")
    assert refused(raised)["message"] == (
        'configmaps is forbidden: User "p" cannot list resource "configmaps" in API group "" in'
        ' the namespace "small"'
    )
    review = client.AuthorizationV1Api(person).create_self_subject_access_review(
        {"spec": {"resourceAttributes": {"verb": "get", "resource": "pods", "namespace": SPACE}}}
    )
    assert review.to_dict()["status"]["allowed"] is False


def test_a_job_whose_pods_are_refused_says_why(api: Any, emulator: Emulator) -> None:
    wild = job("wild", "")
    del wild["spec"]["template"]["spec"]["securityContext"]
    batch = client.BatchV1Api(api)
    batch.create_namespaced_job(SPACE, wild)
    emulator.settle()
    (failed,) = batch.read_namespaced_job("wild", SPACE).to_dict()["status"]["conditions"]
    assert failed["reason"] == "FailedCreate"
    assert "violates PodSecurity" in failed["message"]
