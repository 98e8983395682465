"""A namespace for a team without GPUs."""

import pulumi
import pulumi_kubernetes as kubernetes

from components.cluster import Cluster
from components.team_namespace import NamespaceQuota, TeamNamespace, TeamNamespaceArgs

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}

space = TeamNamespace(
    "space",
    TeamNamespaceArgs(
        namespace="planes-dev",
        cluster=Cluster(issuer="oidc.example.com/id/planes", version="1.36"),
        quota=NamespaceQuota(cpus=16, memory_gib=64),
        tags=TAGS,
    ),
    pulumi.ResourceOptions(providers=[kubernetes.Provider("cluster", context="dev")]),
)
pulumi.export("namespace", space.namespace)
