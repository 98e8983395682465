"""A team's namespace with a training in it, under Pulumi's engine."""

import pulumi
import pulumi_kubernetes as kubernetes

from components.cluster import Cluster
from components.kubernetes_training import KubernetesTraining, KubernetesTrainingArgs
from components.pod_resources import PodResources
from components.team_namespace import NamespaceQuota, TeamNamespace, TeamNamespaceArgs

TAGS = {"project": "p", "environment": "dev", "owner": "o"}
TAGS["team"] = pulumi.Config().get("team") or "t"
KEY = "arn:aws:kms:us-east-1:123456789012:key/k"
CLUSTER = Cluster(issuer="oidc.example.com/id/1", version="1.36")

provider = kubernetes.Provider("cluster", context="dev")
space = TeamNamespace(
    "space",
    TeamNamespaceArgs(
        namespace="team-dev",
        cluster=CLUSTER,
        quota=NamespaceQuota(cpus=8, memory_gib=32),
        deletion_protection=False,
        tags=TAGS,
    ),
    pulumi.ResourceOptions(providers=[provider]),
)
KubernetesTraining(
    "training",
    KubernetesTrainingArgs(
        namespace=space.namespace,
        training_name="late",
        cluster=CLUSTER,
        image="123456789012.dkr.ecr.us-east-1.amazonaws.com/sagemaker-base-python:1.0",
        command=["python", "-c", "print('trained')"],
        reads=["features/late/"],
        writes="artifacts/trained/",
        key_arns=[KEY],
        resources=PodResources(cpu_millicores=500, memory_mib=512),
        run=pulumi.Config().require("run"),
        tags=TAGS,
    ),
    pulumi.ResourceOptions(providers=[provider], depends_on=[space]),
)
