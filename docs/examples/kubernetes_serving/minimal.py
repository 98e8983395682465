"""A version of the model behind two pods."""

import pulumi
import pulumi_kubernetes as kubernetes

from components.artifact_store import ArtifactStore, ArtifactStoreArgs
from components.cluster import Cluster
from components.kubernetes_serving import KubernetesServing, KubernetesServingArgs
from components.pod_resources import PodResources

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}

store = ArtifactStore("store", ArtifactStoreArgs(tags=TAGS))

serving = KubernetesServing(
    "serving",
    KubernetesServingArgs(
        namespace="planes-dev",
        server_name="delays",
        cluster=Cluster(issuer="oidc.example.com/id/planes", version="1.36"),
        image="123456789012.dkr.ecr.us-east-1.amazonaws.com/planes-dev/serving:c0ffee",
        model_package_arn="arn:aws:sagemaker:us-east-1:123456789012:model-package/planes/7",
        model_data_url="s3://planes-artifacts/models/7/model.tar.gz",
        models=pulumi.Output.concat(store.artifacts_bucket, "/models/"),
        key_arn=store.artifacts_key_arn,
        resources=PodResources(cpu_millicores=500, memory_mib=1024),
        tags=TAGS,
    ),
    pulumi.ResourceOptions(providers=[kubernetes.Provider("cluster", context="dev")]),
)
pulumi.export("service", serving.service_name)
