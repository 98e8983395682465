"""The manifests of a training that runs on several nodes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components._iam_kubernetes import TOKEN_AUDIENCE
from components._kubernetes import metadata, not_awaited
from components._kubernetes_network import among
from components._pods import (
    CONTAINER_SECURITY,
    IDENTITY_MOUNT,
    POD_SECURITY,
    environment,
    identity_env,
    identity_volume,
    placement,
    pod,
    resources,
    scratch,
)
from components.pod_resources import PodResources

RUNTIME = "torch-distributed"
"""The Kubeflow Trainer's own: torchrun on every node, which finds the others."""
RENDEZVOUS_PORT = 29500
WORK_MOUNT = "/opt/ml"
WORK_GIB = 50
DIGITS = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Training:
    """What every manifest of one training tells."""

    job_name: str
    namespace: str
    account: str
    image: pulumi.Input[str]
    command: Sequence[str]
    environment: Mapping[str, pulumi.Input[str]]
    role_arn: pulumi.Input[str]
    region: pulumi.Input[str]
    resources: PodResources
    nodes: int
    suspended: bool
    max_seconds: int
    pull_secrets: Sequence[str]
    tags: Mapping[str, str]

    @property
    def selector(self) -> Mapping[str, str]:
        """Labels of its pods, those of other runs included."""
        return {"app.kubernetes.io/instance": self.account}

    def metadata(self, name: str | None = None) -> dict[str, Any]:
        """Return the name and labels of each of its objects."""
        return metadata(
            name or self.job_name,
            self.tags,
            namespace=self.namespace,
            instance=self.account,
            component="training",
        )

    def variables(self) -> list[dict[str, pulumi.Input[str]]]:
        """Return what the program is told, and what AWS SDKs are."""
        return [*environment(self.environment), *identity_env(self.role_arn, self.region)]


def name_of_run(base: str, *content: object) -> str:
    """Return a job's name: another content, another name, and so another run."""
    told = json.dumps(content, sort_keys=True, default=str)
    return f"{base}-{hashlib.sha256(told.encode()).hexdigest()[:DIGITS]}"


def train_job(training: Training) -> dict[str, Any]:
    """Return the Kubeflow Trainer's resource, whose runtime is patched to run restricted."""
    patch = {
        "serviceAccountName": training.account,
        "securityContext": dict(POD_SECURITY),
        **placement(training.resources),
        "volumes": _volumes(),
        "containers": [
            {
                "name": "node",
                "securityContext": dict(CONTAINER_SECURITY),
                "volumeMounts": _mounts(),
            }
        ],
    }
    if training.pull_secrets:
        patch["imagePullSecrets"] = [{"name": one} for one in training.pull_secrets]
    labels = training.metadata()["labels"]
    node = {"metadata": {"labels": labels}, "spec": patch}
    return {
        "apiVersion": "trainer.kubeflow.org/v1alpha1",
        "kind": "TrainJob",
        "metadata": not_awaited(training.metadata()),
        "spec": {
            "runtimeRef": {"name": RUNTIME},
            "suspend": training.suspended,
            "activeDeadlineSeconds": training.max_seconds,
            "trainer": {
                "image": training.image,
                "command": list(training.command),
                "env": training.variables(),
                "numNodes": training.nodes,
                "numProcPerNode": max(1, training.resources.gpus),
                "resourcesPerNode": resources(training.resources),
            },
            "runtimePatches": [
                {
                    "manager": "mlops-loop",
                    "trainingRuntimeSpec": {
                        "template": {
                            "spec": {
                                "replicatedJobs": [
                                    {"name": "node", "template": {"spec": {"template": node}}}
                                ]
                            }
                        }
                    },
                }
            ],
        },
    }


def job(training: Training) -> dict[str, Any]:
    """Return the same as a plain Job: a pod for each rank, found by name through a service."""
    ranks = [
        {"name": "PET_NNODES", "value": str(training.nodes)},
        {"name": "PET_NPROC_PER_NODE", "value": str(max(1, training.resources.gpus))},
        {
            "name": "PET_NODE_RANK",
            "valueFrom": {
                "fieldRef": {
                    "fieldPath": "metadata.annotations['batch.kubernetes.io/job-completion-index']"
                }
            },
        },
        {"name": "PET_MASTER_ADDR", "value": f"{training.job_name}-0.{training.account}"},
        {"name": "PET_MASTER_PORT", "value": str(RENDEZVOUS_PORT)},
    ]
    container = {
        "name": "node",
        "image": training.image,
        "command": list(training.command),
        "env": [*training.variables(), *ranks],
        "resources": resources(training.resources),
        "securityContext": dict(CONTAINER_SECURITY),
        "volumeMounts": _mounts(),
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": not_awaited(training.metadata()),
        "spec": {
            "completions": training.nodes,
            "parallelism": training.nodes,
            "completionMode": "Indexed",
            # One node that fails leaves the others waiting: all start anew, or none.
            "backoffLimit": 0,
            "suspend": training.suspended,
            "activeDeadlineSeconds": training.max_seconds,
            "template": {
                "metadata": {"labels": training.metadata()["labels"]},
                "spec": pod(
                    service_account=training.account,
                    pull_secrets=training.pull_secrets,
                    asked=training.resources,
                    restartPolicy="Never",
                    subdomain=training.account,
                    containers=[container],
                    volumes=_volumes(),
                ),
            },
        },
    }


def names(training: Training) -> dict[str, Any]:
    """Return the service without an address by which nodes find one another before any is ready."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": not_awaited(training.metadata(training.account)),
        "spec": {
            "clusterIP": "None",
            "publishNotReadyAddresses": True,
            "selector": dict(training.selector),
            "ports": [{"name": "rendezvous", "port": RENDEZVOUS_PORT, "protocol": "TCP"}],
        },
    }


def peers_policy(training: Training) -> dict[str, Any]:
    """Return the leave of its nodes to talk to one another."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": training.metadata(training.account),
        "spec": among(training.selector),
    }


def _volumes() -> list[dict[str, Any]]:
    memory = {"name": "shm", "emptyDir": {"medium": "Memory"}}
    return [scratch("work", WORK_GIB), scratch("tmp", 2), memory, identity_volume(TOKEN_AUDIENCE)]


def _mounts() -> list[dict[str, Any]]:
    return [
        {"name": "work", "mountPath": WORK_MOUNT},
        {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - the pod's own
        # What PyTorch's loaders share; a container has 64 MiB of it else.
        {"name": "shm", "mountPath": "/dev/shm"},  # noqa: S108 - the pod's own
        dict(IDENTITY_MOUNT),
    ]
