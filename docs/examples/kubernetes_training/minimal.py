"""A training on one node."""

import pulumi
import pulumi_kubernetes as kubernetes

from components.artifact_store import ArtifactStore, ArtifactStoreArgs
from components.cluster import Cluster
from components.kubernetes_training import KubernetesTraining, KubernetesTrainingArgs
from components.pod_resources import PodResources

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}

store = ArtifactStore("store", ArtifactStoreArgs(tags=TAGS))

training = KubernetesTraining(
    "training",
    KubernetesTrainingArgs(
        namespace="planes-dev",
        training_name="delays",
        cluster=Cluster(issuer="oidc.example.com/id/planes", version="1.36"),
        image="123456789012.dkr.ecr.us-east-1.amazonaws.com/planes-dev/training:c0ffee",
        command=["torchrun", "train.py"],
        reads=[pulumi.Output.concat(store.features_bucket, "/delays/")],
        writes=pulumi.Output.concat(store.artifacts_bucket, "/trained/"),
        key_arns=[store.features_key_arn, store.artifacts_key_arn],
        resources=PodResources(cpu_millicores=2000, memory_mib=8192),
        tags=TAGS,
    ),
    pulumi.ResourceOptions(providers=[kubernetes.Provider("cluster", context="dev")]),
)
pulumi.export("job", training.job_name)
