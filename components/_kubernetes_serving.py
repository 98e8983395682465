"""The manifests of a served model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components._iam_kubernetes import TOKEN_AUDIENCE
from components._kubernetes import metadata, not_awaited
from components._kubernetes_network import callers
from components._pods import (
    CONTAINER_SECURITY,
    IDENTITY_MOUNT,
    MODEL_MOUNT,
    PORT,
    environment,
    identity_env,
    identity_volume,
    pod,
    resources,
    scratch,
)
from components.pod_resources import PodResources

PROBE_SECONDS = 5
DRAIN_SECONDS = 5
"""Between the end of a pod's traffic and SIGTERM: endpoints are told in the meantime."""
SHUTDOWN_SECONDS = 60
MODEL_GIB = 10
SCRATCH_GIB = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """What every manifest of one served model tells."""

    name: str
    namespace: str
    image: pulumi.Input[str]
    model_package_arn: str
    model_data_url: str
    role_arn: pulumi.Input[str]
    region: pulumi.Input[str]
    resources: PodResources
    environment: Mapping[str, str]
    pull_secrets: Sequence[str]
    start_seconds: int
    tags: Mapping[str, str]

    @property
    def selector(self) -> Mapping[str, str]:
        """Labels of its pods, and of no other's."""
        return {"app.kubernetes.io/instance": self.name}

    def metadata(self) -> dict[str, Any]:
        """Return the name and labels of each of its objects."""
        return metadata(
            self.name, self.tags, namespace=self.namespace, instance=self.name, component="serving"
        )


def deployment(server: Server) -> dict[str, Any]:
    """Return pods that replace one another without a gap; how many is the autoscaler's."""
    own = server.metadata()
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": own,
        "spec": {
            "selector": {"matchLabels": dict(server.selector)},
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0},
            },
            "progressDeadlineSeconds": server.start_seconds + 60,
            "revisionHistoryLimit": 3,
            "template": {
                "metadata": {
                    "labels": own["labels"],
                    "annotations": {"model-package": server.model_package_arn},
                },
                "spec": server_pod(server, container="server"),
            },
        },
    }


def inference_service(server: Server, *, least: int, most: int, cpu_percent: int) -> dict[str, Any]:
    """Return the same pods as KServe runs them, with a Deployment and autoscaler of its making."""
    own = server.metadata()
    own["annotations"]["serving.kserve.io/deploymentMode"] = "RawDeployment"
    return {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": own,
        "spec": {
            "predictor": {
                "minReplicas": least,
                "maxReplicas": most,
                "scaleMetric": "cpu",
                "scaleTarget": cpu_percent,
                "labels": own["labels"],
                "annotations": {"model-package": server.model_package_arn},
                # KServe looks for this name.
                **server_pod(server, container="kserve-container"),
            }
        },
    }


def server_pod(server: Server, *, container: str) -> dict[str, Any]:
    """Return a pod whose server downloads the model as the pod's role, and then answers."""
    answers = {
        "name": container,
        "image": server.image,
        "ports": [{"name": "http", "containerPort": PORT, "protocol": "TCP"}],
        "env": [
            *environment(
                {
                    "SAGEMAKER_BIND_TO_PORT": str(PORT),
                    "SM_MODEL_DIR": MODEL_MOUNT,
                    "MODEL_DATA_URL": server.model_data_url,
                    **server.environment,
                }
            ),
            *identity_env(server.role_arn, server.region),
        ],
        "resources": resources(server.resources),
        "securityContext": dict(CONTAINER_SECURITY),
        "startupProbe": _probe(failures=max(1, server.start_seconds // PROBE_SECONDS)),
        "readinessProbe": _probe(failures=2),
        "livenessProbe": _probe(failures=6),
        "lifecycle": {"preStop": {"sleep": {"seconds": DRAIN_SECONDS}}},
        "volumeMounts": [
            {"name": "model", "mountPath": MODEL_MOUNT},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - the pod's own
            dict(IDENTITY_MOUNT),
        ],
    }
    return pod(
        service_account=server.name,
        pull_secrets=server.pull_secrets,
        asked=server.resources,
        containers=[answers],
        volumes=[
            scratch("model", MODEL_GIB),
            scratch("tmp", SCRATCH_GIB),
            identity_volume(TOKEN_AUDIENCE),
        ],
        terminationGracePeriodSeconds=SHUTDOWN_SECONDS,
        topologySpreadConstraints=[
            _spread(server, "topology.kubernetes.io/zone"),
            _spread(server, "kubernetes.io/hostname"),
        ],
    )


def service(server: Server) -> dict[str, Any]:
    """Return the address within the cluster: port 80, of pods that are ready."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        # An address without pods would otherwise be waited for before the first version.
        "metadata": not_awaited(server.metadata()),
        "spec": {
            "type": "ClusterIP",
            "selector": dict(server.selector),
            "ports": [{"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"}],
        },
    }


def autoscaler(server: Server, *, least: int, most: int, cpu_percent: int) -> dict[str, Any]:
    """Return what keeps the pods' CPU near ``cpu_percent`` of what they request."""
    target = {"type": "Utilization", "averageUtilization": cpu_percent}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": server.metadata(),
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": server.name},
            "minReplicas": least,
            "maxReplicas": most,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
        },
    }


def budget(server: Server) -> dict[str, Any]:
    """Return the leave to take one pod at a time: a node is drained even where one pod is all."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": server.metadata(),
        "spec": {
            "maxUnavailable": 1,
            "selector": {"matchLabels": dict(server.selector)},
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
        },
    }


def caller_policy(server: Server, namespaces: Sequence[str]) -> dict[str, Any]:
    """Return who may call the server."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": server.metadata(),
        "spec": callers(server.selector, namespaces, PORT),
    }


def _probe(*, failures: int) -> dict[str, Any]:
    return {
        "httpGet": {"path": "/ping", "port": "http"},
        "periodSeconds": PROBE_SECONDS,
        "timeoutSeconds": 2,
        "failureThreshold": failures,
    }


def _spread(server: Server, topology: str) -> dict[str, Any]:
    return {
        "maxSkew": 1,
        "topologyKey": topology,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": dict(server.selector)},
    }
