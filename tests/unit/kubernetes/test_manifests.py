"""What is told of a manifest before any cluster sees it: field, rule, value."""

from __future__ import annotations

from typing import Any

import pytest

from components.kubernetes_serving import KubernetesServing
from infra.graph.model import UNKNOWN
from infra.kubernetes.kinds import BY_MANIFEST, SUPPORTED
from infra.kubernetes.manifests import faults
from infra.resources.table import lookup
from tests.manifests import put
from tests.unit.components.support import declare

DEPLOYMENT = BY_MANIFEST["apps/v1", "Deployment"]
POD = "spec.template.spec"
CONTAINER = f"{POD}.containers[0]"
SECURITY = f"{CONTAINER}.securityContext"


@pytest.fixture(scope="module")
def served() -> dict[str, Any]:
    made: dict[str, Any] = dict(declare(KubernetesServing)["it-server"].inputs)
    return made


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("metadata.name", "Late_Model", "metadata.name must be at most 253"),
        ("metadata.namespace", None, "metadata.namespace must be given, got None"),
        ("metadata.labels.team", "o@example.com", "metadata.labels.team must be at most 63"),
        ("spec.replica", 2, "spec must have no replica, close: ['replicas']"),
        ("spec.replicas", "two", "spec.replicas must be integer, got 'two'"),
        ("spec.selector", None, "spec must have selector"),
        (f"{CONTAINER}.image", 7, f"{CONTAINER}.image must be string, got 7"),
        (f"{CONTAINER}.resources.limits.memory", "1 GB", "memory must be a number with a unit"),
        (f"{CONTAINER}.resources.requests.cpus", "1", "must be cpu, memory, ephemeral-storage"),
        (f"{CONTAINER}.resources.requests.memory", "2Gi", "must be at most its limit 1024Mi"),
        (SECURITY, {"privileged": True}, "privileged must be false (privileged containers)"),
        (f"{SECURITY}.allowPrivilegeEscalation", None, "allowPrivilegeEscalation must be false"),
        (f"{SECURITY}.capabilities.drop", ["NET_RAW"], "capabilities.drop must hold ALL"),
        (f"{SECURITY}.capabilities.add", ["SYS_ADMIN"], "add must be NET_BIND_SERVICE alone"),
        (f"{SECURITY}.runAsNonRoot", False, "runAsNonRoot must be true, here or on the pod"),
        (f"{SECURITY}.runAsUser", 0, "runAsUser must not be 0"),
        (f"{SECURITY}.seccompProfile.type", "Unconfined", "must be RuntimeDefault or Localhost"),
        (f"{POD}.hostNetwork", True, f"{POD}.hostNetwork must be false (host namespaces)"),
        (f"{POD}.volumes[0]", {"name": "model", "hostPath": {"path": "/"}}, "got hostPath"),
        (f"{POD}.volumes[0].hostPath", {"path": "/"}, "must be a name and one source"),
        (f"{POD}.volumes[0].emptyDir", None, "volumes[0] must be of"),
        (f"{CONTAINER}.ports", [{"containerPort": 80, "hostPort": 80}], "hostPort must be 0"),
        (f"{SECURITY}.procMount", "Unmasked", "procMount must be Default"),
        (f"{SECURITY}.seLinuxOptions", {"type": "spc_t"}, "seLinuxOptions.type must be one of"),
        (f"{SECURITY}.seLinuxOptions", {"user": "u"}, "seLinuxOptions.user must be left out"),
        (f"{SECURITY}.appArmorProfile", {"type": "Unconfined"}, "appArmorProfile.type must be"),
        (f"{SECURITY}.windowsOptions", {"hostProcess": True}, "hostProcess must be false"),
        (f"{POD}.securityContext.runAsNonRoot", False, f"{POD}.securityContext.runAsNonRoot must"),
        (f"{POD}.securityContext.seccompProfile", {"type": "Unconfined"}, "(seccomp), got Unconf"),
        (
            f"{POD}.securityContext.sysctls",
            [{"name": "kernel.msgmax", "value": "1"}],
            "(sysctls), got kernel.msgmax",
        ),
        (f"{CONTAINER}.livenessProbe.httpGet.host", "10.0.0.1", "httpGet.host must be left out"),
        (
            f"{CONTAINER}.lifecycle.preStop",
            {"httpGet": {"port": 80, "host": "db"}},
            "lifecycle.preStop.httpGet.host must be left out",
        ),
        (
            "spec.template.metadata.annotations",
            {"container.apparmor.security.beta.kubernetes.io/server": "unconfined"},
            "must be runtime/default or localhost/*",
        ),
        ("spec.template.metadata.labels", {"a b": "x"}, "metadata.labels.a b must have a key"),
    ],
)
def test_a_manifest_that_a_cluster_would_refuse_is_told(
    served: dict[str, Any], path: str, value: Any, told: str
) -> None:
    assert list(faults(DEPLOYMENT, served)) == []
    found = list(faults(DEPLOYMENT, put(served, path, value)))
    assert any(told in one for one in found), found


@pytest.mark.parametrize(
    ("limits", "requests", "told"),
    [
        ({"nvidia.com/gpu": "0.5"}, {}, "limits.nvidia.com/gpu must be a whole number of devices"),
        ({}, {"nvidia.com/gpu": "1"}, "must be given where it is requested"),
        ({"nvidia.com/gpu": "2"}, {"nvidia.com/gpu": "1"}, "must equal its limit 2, got 1"),
        ({"nvidia.com/gpu": "-1"}, {}, "must not be negative"),
    ],
)
def test_gpus_are_whole_and_as_limited(
    served: dict[str, Any], limits: dict[str, str], requests: dict[str, str], told: str
) -> None:
    asked = put(served, f"{CONTAINER}.resources", {"limits": limits, "requests": requests})
    found = list(faults(DEPLOYMENT, asked))
    assert len(found) == 1
    assert told in found[0]
    assert found[0].startswith(CONTAINER)


def test_a_field_that_older_versions_lack_is_told_with_them(served: dict[str, Any]) -> None:
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "j", "namespace": "n"},
        "spec": {"scheduling": {}, "template": served["spec"]["template"]},
    }
    (fault,) = faults(BY_MANIFEST["batch/v1", "Job"], job)
    older = ", ".join(one for one in SUPPORTED if one != "1.37")
    assert fault.startswith("spec must have no scheduling")
    assert fault.endswith(f"({older})")


def test_what_nobody_knows_yet_fits_everywhere(served: dict[str, Any]) -> None:
    unknown = put(served, f"{CONTAINER}.image", UNKNOWN)
    unknown = put(unknown, f"{CONTAINER}.resources.limits.memory", UNKNOWN)
    assert list(faults(DEPLOYMENT, put(unknown, "metadata.namespace", UNKNOWN))) == []


def test_a_custom_resource_is_held_to_its_schema() -> None:
    made = {
        "apiVersion": "trainer.kubeflow.org/v1alpha1",
        "kind": "TrainJob",
        "metadata": {"name": "t", "namespace": "n"},
        "spec": {"runtimeRef": {"name": "torch-distributed"}, "trainer": {"numNode": 2}},
    }
    kind = BY_MANIFEST["trainer.kubeflow.org/v1alpha1", "TrainJob"]
    assert list(faults(kind, made)) == [
        "spec.trainer must have no numNode, close: ['numNodes', 'numProcPerNode']"
    ]


def test_a_row_names_the_resource_with_the_fault(served: dict[str, Any]) -> None:
    row = lookup("kubernetes:apps/v1:Deployment")
    (told,) = row.faults("late", put(served, "spec.replicas", 1.5))
    assert told.startswith("kubernetes:apps/v1:Deployment 'late': spec.replicas must be integer")
