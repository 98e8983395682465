"""Pods that run restricted and know AWS by their service account: parts of manifests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from components.pod_resources import GPU, PodResources

TOKEN_MOUNT = "/var/run/secrets/sts.amazonaws.com"  # noqa: S105 - a path
MODEL_MOUNT = "/opt/ml/model"
PORT = 8080
"""SageMaker's, of ``/ping`` and ``/invocations``."""
TOKEN_SECONDS = 3600

POD_SECURITY: Mapping[str, Any] = {
    "runAsNonRoot": True,
    # No user is named: OpenShift gives each namespace its own, elsewhere the image has one.
    "seccompProfile": {"type": "RuntimeDefault"},
}
CONTAINER_SECURITY: Mapping[str, Any] = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}


def identity_env(
    role_arn: pulumi.Input[str], region: pulumi.Input[str]
) -> list[dict[str, pulumi.Input[str]]]:
    """Return what every AWS SDK takes its credentials from, on any cluster.

    EKS would inject the same by a webhook of its own, which other clusters lack.
    """
    return [
        {"name": "AWS_ROLE_ARN", "value": role_arn},
        {"name": "AWS_WEB_IDENTITY_TOKEN_FILE", "value": f"{TOKEN_MOUNT}/token"},
        {"name": "AWS_REGION", "value": region},
        {"name": "AWS_STS_REGIONAL_ENDPOINTS", "value": "regional"},
    ]


def identity_volume(audience: str) -> dict[str, Any]:
    """Return the volume with the service account's token for ``audience``, renewed by the node."""
    return {
        "name": "aws-token",
        "projected": {
            "sources": [
                {
                    "serviceAccountToken": {
                        "audience": audience,
                        "expirationSeconds": TOKEN_SECONDS,
                        "path": "token",
                    }
                }
            ]
        },
    }


IDENTITY_MOUNT: Mapping[str, Any] = {
    "name": "aws-token",
    "mountPath": TOKEN_MOUNT,
    "readOnly": True,
}


def scratch(name: str, gib: int) -> dict[str, Any]:
    """Return a volume that lives as long as the pod, for what a read-only root has no room for."""
    return {"name": name, "emptyDir": {"sizeLimit": f"{gib}Gi"}}


def resources(asked: PodResources) -> dict[str, Any]:
    """Return requests and limits; memory and GPUs are never promised twice."""
    memory = f"{asked.memory_mib}Mi"
    devices = {GPU: str(asked.gpus)} if asked.gpus else {}
    return {
        "requests": {"cpu": f"{asked.cpu_millicores}m", "memory": memory, **devices},
        "limits": {"memory": memory, **devices},
    }


def placement(asked: PodResources) -> dict[str, Any]:
    """Return on which nodes the pod may run; those with GPUs are kept for pods that use them."""
    found: dict[str, Any] = {}
    if asked.node_selector:
        found["nodeSelector"] = dict(asked.node_selector)
    if asked.gpus:
        found["tolerations"] = [{"key": GPU, "operator": "Exists", "effect": "NoSchedule"}]
    return found


def pod(
    *, service_account: str, pull_secrets: Sequence[str], asked: PodResources, **spec: object
) -> dict[str, Any]:
    """Return the spec of a restricted pod without a token for the cluster itself."""
    secrets = [{"name": one} for one in pull_secrets]
    return {
        "serviceAccountName": service_account,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": dict(POD_SECURITY),
        **({"imagePullSecrets": secrets} if secrets else {}),
        **placement(asked),
        **spec,
    }


def environment(values: Mapping[str, pulumi.Input[str]]) -> list[dict[str, pulumi.Input[str]]]:
    """Return variables as a container takes them."""
    return [{"name": name, "value": value} for name, value in values.items()]
