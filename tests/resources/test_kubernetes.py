"""Objects on a Kubernetes cluster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.emulator.server import Emulator
from infra.engine.diff import compare
from infra.resources.clients import EndpointClients
from infra.resources.handler import InputError
from infra.resources.kubernetes import TYPES
from tests.emulator.kubernetes.support import SPACE, deployment, job, namespace, pod_spec, service
from tests.resources.types import assert_lives, of, stand

PARTS = ("credentials", "containers", "kubernetes")
DEPLOYMENT = of(TYPES, "kubernetes:apps/v1:Deployment")
JOB = of(TYPES, "kubernetes:batch/v1:Job")


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EndpointClients]:
    """Return clients of an emulator whose cluster has one namespace."""
    workspace: Path = tmp_path_factory.mktemp("workspace")
    with Emulator(workspace=workspace, parts=PARTS) as running:
        clients = EndpointClients(running.endpoint_url)
        of(TYPES, "kubernetes:core/v1:Namespace").create(clients, namespace(SPACE))
        yield clients
        clients.close()


def named(spec: Mapping[str, Any]) -> dict[str, Any]:
    return {"metadata": {"name": "it", "namespace": SPACE}, **spec}


LIVES: dict[str, dict[str, Any]] = {
    "core/v1:ConfigMap": {"data": {"a": "b"}},
    "core/v1:ResourceQuota": {"spec": {"hard": {"requests.nvidia.com/gpu": "1"}}},
    "core/v1:LimitRange": {"spec": {"limits": [{"type": "Pod", "max": {"cpu": "4"}}]}},
    "core/v1:ServiceAccount": {"automountServiceAccountToken": False},
    "core/v1:Service": {"spec": service("it")["spec"]},
    "core/v1:Pod": {"spec": pod_spec("", restartPolicy="Never")},
    "rbac.authorization.k8s.io/v1:Role": {
        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]
    },
    "rbac.authorization.k8s.io/v1:RoleBinding": {
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "it"}
    },
    "networking.k8s.io/v1:NetworkPolicy": {"spec": {"podSelector": {}, "policyTypes": ["Ingress"]}},
    "policy/v1:PodDisruptionBudget": {
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app": "it"}}}
    },
    "autoscaling/v2:HorizontalPodAutoscaler": {
        "spec": {
            "maxReplicas": 2,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "it"},
        }
    },
    "trainer.kubeflow.org/v1alpha1:TrainJob": {
        "spec": {"runtimeRef": {"name": "torch-distributed"}, "suspend": True}
    },
    "serving.kserve.io/v1beta1:InferenceService": {
        "spec": {
            "predictor": pod_spec("", container={"ports": [{"containerPort": 8080}]}),
        }
    },
    "batch/v1:Job": {"spec": job("it", "pass")["spec"]},
    "apps/v1:Deployment": {"spec": deployment("it", "x")["spec"]},
    "core/v1:Namespace": {},
}


def test_every_kind_is_tried_here() -> None:
    assert {f"kubernetes:{kind}" for kind in LIVES} == {row.token for row in TYPES}


@pytest.mark.parametrize("kind", LIVES)
def test_an_object_reads_back_as_declared_and_goes(aws: EndpointClients, kind: str) -> None:
    declared = named(LIVES[kind])
    if kind == "core/v1:Namespace":
        declared["metadata"] = {"name": "another"}
    assert_lives(stand(of(TYPES, f"kubernetes:{kind}"), aws, "it", declared))


def test_an_update_leaves_alone_what_others_have_set(aws: EndpointClients) -> None:
    row = of(TYPES, "kubernetes:core/v1:ConfigMap")
    standing = stand(row, aws, "m", named({"data": {"a": "1", "b": "1"}}))
    others = row.check("m", named({"data": {"a": "1", "b": "1", "theirs": "1"}}))
    row.update(aws, standing.id, standing.outputs, others)
    standing.changed(data={"a": "2"})
    held = row.read(aws, standing.id, {**others, "data": {"a": "", "b": "", "theirs": ""}})
    assert held is not None
    assert held.outputs["data"] == {"a": "2", "theirs": "1"}
    standing.delete()


def test_a_deployment_is_waited_for_and_its_failure_told(aws: EndpointClients) -> None:
    broken = {"command": ["python", "-c", "raise SystemExit('no model')"]}
    declared = deployment("broken", "x", container=broken)
    with pytest.raises(ClientError, match=r"ProgressDeadlineExceeded.*exit 1: no model"):
        DEPLOYMENT.create(aws, DEPLOYMENT.check("broken", declared))
    DEPLOYMENT.delete(aws, "", declared)


def test_a_job_is_waited_for_unless_it_says_not_to(aws: EndpointClients) -> None:
    failing = job("failing", "raise SystemExit(3)")
    with pytest.raises(ClientError, match="BackoffLimitExceeded"):
        JOB.create(aws, JOB.check("failing", failing))
    unawaited = job("unawaited", "raise SystemExit(3)")
    unawaited["metadata"]["annotations"] = {"pulumi.com/skipAwait": "true"}
    assert JOB.create(aws, JOB.check("unawaited", unawaited)).id == f"{SPACE}/unawaited"


def test_a_name_must_be_given() -> None:
    with pytest.raises(InputError, match=r"Job 'j': metadata.name must be given, got None"):
        JOB.check("j", {"spec": {}})


@pytest.mark.parametrize(
    ("path", "replaced"),
    [("metadata.labels", False), ("spec.suspend", False), ("spec.template", True)],
)
def test_only_what_cannot_change_in_place_replaces(path: str, *, replaced: bool) -> None:
    old, new = job("j", "1"), job("j", "1")
    head, key = path.split(".")
    new[head][key] = {"changed": "x"}
    assert bool(compare(old, new, replace_on=JOB.replace_on).replaces) is replaced
