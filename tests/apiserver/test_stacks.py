"""The objects of stacks on a real API server: taken, at rest, and their pods made."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import kubernetes.client
import pytest

from infra.kubernetes.rbac import Access, Subject, allowed
from tests.apiserver.objects import path, with_clusters
from tests.apiserver.servers import PATIENCE_SECONDS, Cluster
from tests.emulator.kubernetes.support import request
from tests.manifests import Manifest, declared, manifests
from tests.stacks import support
from tests.stacks.clustered import CLUSTER, SERVING, TRAINING, Declared, graph, resolved

client: Any = kubernetes.client  # its methods take models, and mappings as well

VERBS = ("get", "list", "watch", "create", "update", "patch", "delete")
RESOURCES = (
    *(("", name) for name in ("pods", "pods/log", "pods/exec", "pods/portforward", "secrets")),
    *(("", name) for name in ("services", "events", "configmaps", "resourcequotas")),
    *(("apps", name) for name in ("deployments", "deployments/scale", "replicasets")),
    *(("batch", "jobs"), ("autoscaling", "horizontalpodautoscalers")),
    *(("policy", "poddisruptionbudgets"), ("networking.k8s.io", "networkpolicies")),
    *(("rbac.authorization.k8s.io", "roles"), ("trainer.kubeflow.org", "trainjobs")),
)


def applied(cluster: Cluster, manifest: Manifest) -> Mapping[str, Any]:
    """Apply an object as pulumi-kubernetes does, on the server; return what it is, no status."""
    status, body = request(
        cluster.api,
        "PATCH",
        f"{path(manifest)}?fieldManager=stack&fieldValidation=Strict",
        manifest,
        content_type="application/apply-patch+yaml",
    )
    assert status in {200, 201}, body
    metadata = {key: body["metadata"].get(key) for key in ("generation", "labels", "annotations")}
    return {**body, "metadata": metadata, "status": None}


def made(cluster: Cluster, objects: list[Manifest], pods: int) -> None:
    """Apply objects twice; wait until controllers have made the pods."""
    for one in objects:
        applied(cluster, one)
    space = objects[0]["metadata"]["name"]
    core = client.CoreV1Api(cluster.api)
    end = time.monotonic() + PATIENCE_SECONDS
    while len(core.list_namespaced_pod(space).items) < pods:
        failed = [
            one.message
            for one in core.list_namespaced_event(space).items
            if one.reason == "FailedCreate"
        ]
        assert failed == []
        assert time.monotonic() < end, f"no {pods} pods in {space}"
        time.sleep(0.1)
    first = [applied(cluster, one) for one in objects]
    assert [applied(cluster, one) for one in objects] == first


@pytest.mark.parametrize("stack", with_clusters())
def test_a_stack_stands_and_its_controllers_make_the_pods(cluster: Cluster, stack: str) -> None:
    made(cluster, declared(stack), pods=1)


def test_a_training_job_gets_its_pods(cluster: Cluster, tmp_path: Path) -> None:
    training = {**TRAINING, "run": "first"}
    stack = resolved(tmp_path, cluster=CLUSTER, serving=SERVING, training=training)
    live = support.live_of(stack.config, support.package_arn("flights-sandbox"))["flights"]
    made(cluster, manifests(graph(Declared(stack, live))), pods=1 + training["nodes"])


def test_roles_allow_what_the_server_says_they_do(cluster: Cluster) -> None:
    objects = declared(with_clusters()[0])
    for one in objects:
        applied(cluster, one)
    space = objects[0]["metadata"]["name"]
    by_kind: dict[str, list[Manifest]] = {}
    for one in objects:
        by_kind.setdefault(one["kind"], []).append(one)
    reviews = client.AuthorizationV1Api(cluster.api)
    groups = {subject["name"] for one in by_kind["RoleBinding"] for subject in one["subjects"]}
    differing, permitted = [], 0
    for group in sorted(groups):
        who = Subject(user="someone", groups=[group])
        for api_group, resource in RESOURCES:
            for verb in VERBS:
                wanted = Access(verb=verb, group=api_group, resource=resource, namespace=space)
                ours = allowed(who, wanted, by_kind["Role"], by_kind["RoleBinding"])
                theirs = reviewed(reviews, who, wanted)
                permitted += theirs
                if ours != theirs:
                    differing.append((group, wanted))
    assert differing == []
    assert permitted > len(groups)


def reviewed(reviews: Any, who: Subject, wanted: Access) -> bool:
    """Return what the server's authorizer says."""
    resource, _, part = wanted.resource.partition("/")
    asked: Mapping[str, Any] = {
        "user": who.user,
        "groups": who.groups,
        "resourceAttributes": {
            "namespace": wanted.namespace,
            "verb": wanted.verb,
            "group": wanted.group,
            "resource": resource,
            "subresource": part,
        },
    }
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": asked}
    return bool(reviews.create_subject_access_review(json.loads(json.dumps(review))).status.allowed)
