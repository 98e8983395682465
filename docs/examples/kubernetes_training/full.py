"""A training on two nodes of eight GPUs each, by the Kubeflow Trainer, once for this data."""

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
        cluster=Cluster(
            issuer="oidc.example.com/id/planes", version="1.36", installed=["kubeflow-trainer"]
        ),
        image="123456789012.dkr.ecr.us-east-1.amazonaws.com/planes-dev/training:c0ffee",
        command=["torchrun", "train.py", "--epochs", "20"],
        run="data-2026-11-22",
        nodes=2,
        environment={"NCCL_DEBUG": "WARN"},
        max_seconds=4 * 3600,
        pull_secrets=["registry"],
        reads=[pulumi.Output.concat(store.features_bucket, "/delays/")],
        writes=pulumi.Output.concat(store.artifacts_bucket, "/trained/"),
        key_arns=[store.features_key_arn, store.artifacts_key_arn],
        resources=PodResources(
            cpu_millicores=90_000,
            memory_mib=1_000_000,
            gpus=8,
            node_selector={"node.kubernetes.io/instance-type": "p5.48xlarge"},
        ),
        tags=TAGS,
    ),
    pulumi.ResourceOptions(providers=[kubernetes.Provider("cluster", context="dev")]),
)
pulumi.export("job", training.job_name)
pulumi.export("role", training.role_arn)
