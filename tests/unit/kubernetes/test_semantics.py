"""Manifests of the right form whose fields do not fit together, kind by kind."""

from __future__ import annotations

from typing import Any

import pytest

from infra.graph.model import UNKNOWN
from infra.kubernetes.manifests import formal_faults
from tests import manifests
from tests.manifests import Manifest, of, put

RBAC = "rbac.authorization.k8s.io"
POD = "spec.template.spec"
CONTAINER = f"{POD}.containers[0]"


@pytest.fixture(scope="module")
def declared() -> dict[str, Manifest]:
    """Return what vision-dev declares on its cluster, by kind, the first of each."""
    return {one["kind"]: one for one in reversed(manifests.declared("vision-dev"))}


CASES: list[tuple[str, str, Any, str]] = [
    (
        "Deployment",
        "spec.selector.matchLabels",
        {"app": "x"},
        "must be ones that spec.selector chooses",
    ),
    ("Deployment", f"{POD}.restartPolicy", "Never", "restartPolicy must be Always, got Never"),
    ("Deployment", "spec.strategy.rollingUpdate.maxSurge", 0, "must not be 0 where maxSurge is"),
    ("Deployment", f"{POD}.containers", [], f"{POD}.containers must hold one at least"),
    (
        "Deployment",
        f"{CONTAINER}.name",
        "a_b",
        "name must be a label of RFC 1123: a-z, 0-9 and hyphens within, got 'a_b'",
    ),
    ("Deployment", f"{CONTAINER}.volumeMounts[0].name", "x", "must be one of the pod's volumes"),
    (
        "Deployment",
        f"{CONTAINER}.volumeMounts[0].mountPath",
        "/tmp",  # noqa: S108 - the pod's own
        "mountPath must be given once",
    ),
    ("Deployment", f"{CONTAINER}.ports[0].containerPort", 65_536, "must be 1-65535, got 65536"),
    ("Deployment", f"{CONTAINER}.ports[0].name", "http--x", "at most 15 of a-z, 0-9 and single"),
    ("Deployment", f"{CONTAINER}.ports[0].name", "8080", "a letter among them, got '8080'"),
    ("Deployment", f"{POD}.volumes[1].name", "model", "name must be given once, got 'model' again"),
    ("Deployment", f"{POD}.terminationGracePeriodSeconds", 3, "must be 0-3, within"),
    (
        "HorizontalPodAutoscaler",
        "spec.maxReplicas",
        0,
        "spec.maxReplicas must be at least 1, got 0",
    ),
    ("HorizontalPodAutoscaler", "spec.minReplicas", 99, "must be at least minReplicas 99, got"),
    ("HorizontalPodAutoscaler", "spec.minReplicas", 0, "minReplicas must be at least 1, got 0"),
    (
        "PodDisruptionBudget",
        "spec.minAvailable",
        1,
        "must have at most one of minAvailable, maxUnavailable, got minAvailable, maxUnavailable",
    ),
    ("Service", "spec.ports[0].port", 0, "spec.ports[0].port must be 1-65535, got 0"),
    ("Service", "spec.ports[0].name", "Http", "a-z, 0-9 and hyphens within, got 'Http'"),
    ("ResourceQuota", "spec.hard", {"gpus": "1"}, "must be a resource that quotas count"),
    ("ResourceQuota", "spec.hard", {"pods": "-1"}, "spec.hard.pods must not be negative, got -1"),
    ("LimitRange", "spec.limits[0].max", {"memory": "1Mi"}, "must be at most max 1Mi"),
    ("Role", "rules[0].verbs", [], "rules[0].verbs must be a list of one at least, got []"),
    ("RoleBinding", "roleRef.kind", "Group", "roleRef.kind must be one of ClusterRole, Role"),
    ("RoleBinding", "subjects[0].kind", "Person", "must be one of Group, ServiceAccount, User"),
    ("RoleBinding", "subjects[0].apiGroup", "", f"must be '{RBAC}' of a Group, got ''"),
    (
        "NetworkPolicy",
        "spec.egress",
        [{"to": [{"ipBlock": {"cidr": "10.0.0.0/33"}}]}],
        "no bit set beyond its length, got '10.0.0.0/33'",
    ),
]


@pytest.mark.parametrize(("kind", "path", "value", "told"), CASES)
def test_fields_that_do_not_fit_together_are_told(
    declared: dict[str, dict[str, Any]], kind: str, path: str, value: Any, told: str
) -> None:
    manifest = declared[kind]
    assert list(formal_faults(of(manifest), manifest, ("1.36",))) == []
    found = list(formal_faults(of(manifest), put(manifest, path, value), ("1.36",)))
    assert any(told in one for one in found), found


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ({}, "restartPolicy must be OnFailure or Never, got None"),
        ({"restartPolicy": "Always"}, "restartPolicy must be OnFailure or Never, got Always"),
    ],
)
def test_a_job_says_what_becomes_of_a_pod_that_failed(spec: dict[str, Any], told: str) -> None:
    pod = {"containers": [{"name": "a", "image": "i"}], **spec}
    made = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "it", "namespace": "space"},
        "spec": {"completionMode": "Indexed", "template": {"spec": pod}},
    }
    found = list(formal_faults(of(made), made, ("1.36",)))
    assert any(told in one for one in found), found
    assert any("completions must be given" in one for one in found)


@pytest.mark.parametrize("path", ["spec.template", POD, f"{POD}.volumes", f"{CONTAINER}.ports"])
def test_nothing_is_said_of_what_is_not_known_yet(
    declared: dict[str, dict[str, Any]], path: str
) -> None:
    manifest = put(declared["Deployment"], path, UNKNOWN)
    assert list(formal_faults(of(manifest), manifest, ("1.36",))) == []


def test_a_deployment_has_a_template(declared: dict[str, dict[str, Any]]) -> None:
    manifest = put(declared["Deployment"], "spec", None)
    found = list(formal_faults(of(manifest), manifest, ("1.36",)))
    assert found == ["spec.template must be given, got None"]


def test_several_ports_of_a_service_have_names(declared: dict[str, dict[str, Any]]) -> None:
    ports = [{"port": 80}, {"port": 81, "name": "b"}, {"port": 82, "name": "b"}]
    manifest = put(declared["Service"], "spec.ports", ports)
    found = list(formal_faults(of(manifest), manifest, ("1.36",)))
    assert "spec.ports[0].name must be given where there are several, got None" in found
    assert "spec.ports[2].name must be given once, got 'b' again" in found
