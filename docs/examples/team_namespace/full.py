"""A namespace with GPUs, on a cluster with operators, for people whom its log-in names."""

import pulumi
import pulumi_kubernetes as kubernetes

from components.cluster import Cluster
from components.team_namespace import NamespaceQuota, TeamNamespace, TeamNamespaceArgs

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}

space = TeamNamespace(
    "space",
    TeamNamespaceArgs(
        namespace="planes-dev",
        cluster=Cluster(
            issuer="oidc.eks.eu-central-1.amazonaws.com/id/PLANES",
            version="1.36",
            installed=["kserve", "kubeflow-trainer"],
        ),
        quota=NamespaceQuota(cpus=64, memory_gib=512, gpus=8, pods=100, largest_memory_gib=256),
        groups={"ml_engineer": ["planes-engineers"], "data_scientist": ["planes-scientists"]},
        experiments=True,
        aws_cidrs=["10.20.0.0/16"],
        deletion_protection=False,
        tags=TAGS,
    ),
    pulumi.ResourceOptions(
        providers=[kubernetes.Provider("cluster", context="dev", kubeconfig="~/.kube/planes")]
    ),
)
pulumi.export("namespace", space.namespace)
