"""GPU pods run by KServe, in a namespace of the same program, called by an ingress controller."""

import pulumi
import pulumi_kubernetes as kubernetes

from components.artifact_store import ArtifactStore, ArtifactStoreArgs
from components.cluster import Cluster
from components.kubernetes_serving import (
    KubernetesServing,
    KubernetesServingArgs,
    ReplicaRange,
)
from components.pod_resources import PodResources
from components.team_namespace import NamespaceQuota, TeamNamespace, TeamNamespaceArgs

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}
CLUSTER = Cluster(
    issuer="oidc.eks.us-east-1.amazonaws.com/id/PLANES", version="1.36", installed=["kserve"]
)

store = ArtifactStore("store", ArtifactStoreArgs(tags=TAGS))
provider = kubernetes.Provider("cluster", context="dev")
space = TeamNamespace(
    "space",
    TeamNamespaceArgs(
        namespace="planes-dev",
        cluster=CLUSTER,
        quota=NamespaceQuota(cpus=32, memory_gib=128, gpus=4),
        tags=TAGS,
    ),
    pulumi.ResourceOptions(providers=[provider]),
)

serving = KubernetesServing(
    "serving",
    KubernetesServingArgs(
        namespace=space.namespace,
        server_name="delays",
        cluster=CLUSTER,
        image="123456789012.dkr.ecr.us-east-1.amazonaws.com/planes-dev/serving:c0ffee",
        model_package_arn="arn:aws:sagemaker:us-east-1:123456789012:model-package/planes/7",
        model_data_url="s3://planes-artifacts/models/7/model.tar.gz",
        models=pulumi.Output.concat(store.artifacts_bucket, "/models/"),
        key_arn=store.artifacts_key_arn,
        resources=PodResources(
            cpu_millicores=2000,
            memory_mib=8192,
            gpus=1,
            node_selector={"node.kubernetes.io/instance-type": "g6.xlarge"},
        ),
        replicas=ReplicaRange(least=2, most=3, cpu_percent=60),
        environment={"MAX_BATCH_ROWS": "128", "MAX_DELAY_MS": "5"},
        callers=["ingress-nginx"],
        pull_secrets=["registry"],
        start_seconds=600,
        tags=TAGS,
    ),
    # The namespace is known by name alone, and must stand first.
    pulumi.ResourceOptions(providers=[provider], depends_on=[space]),
)
pulumi.export("service", serving.service_name)
pulumi.export("role", serving.role_arn)
