"""A service account whose pods act in AWS as a role of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components._iam_kubernetes import trust_service_account
from components._kubernetes import declare, metadata
from components._place import here
from components._tags import stamp
from components.cluster import Cluster


@dataclass(frozen=True, kw_only=True, slots=True)
class Workload:
    """Pods that need AWS."""

    name: str
    """Of the service account."""
    namespace: str
    cluster: Cluster
    tags: Mapping[str, str]


def identity(
    name: str,
    workload: Workload,
    policy: pulumi.Output[str],
    opts: pulumi.ResourceOptions,
) -> tuple[pulumi.CustomResource, aws.iam.Role]:
    """Declare service account and role; the cluster's issuer and IAM trust each other by name."""
    role = aws.iam.Role(
        f"{name}-role",
        description=f"Pods of the service account {workload.namespace}/{workload.name}",
        assume_role_policy=here().apply(
            lambda place: trust_service_account(
                place, workload.cluster.issuer, workload.namespace, workload.name
            )
        ),
        tags=stamp(workload.tags, component=name),
        opts=opts,
    )
    aws.iam.RolePolicy(f"{name}-policy", role=role.name, policy=policy, opts=opts)
    account = declare(
        f"{name}-account",
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": metadata(workload.name, workload.tags, namespace=workload.namespace),
            "automountServiceAccountToken": False,
        },
        opts,
    )
    return account, role
