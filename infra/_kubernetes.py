"""A team's part of a Kubernetes cluster, and what of its use cases runs there."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_kubernetes as kubernetes

from components.cluster import Cluster
from components.kubernetes_serving import (
    KubernetesServing,
    KubernetesServingArgs,
    ReplicaRange,
)
from components.kubernetes_training import KubernetesTraining, KubernetesTrainingArgs
from components.pod_resources import PodResources
from components.team_namespace import NamespaceQuota, TeamNamespace, TeamNamespaceArgs
from infra._plan import ClusterNamespace, Foundation, UseCasePlan
from pipelines.server.tag import tag
from stacks.config import StackConfig
from stacks.kubernetes import Pods, ServingPods, TrainingPods


def declare_namespace(config: StackConfig, tags: Mapping[str, str]) -> ClusterNamespace | None:
    """Declare the team's namespace and the provider that reaches it; ``None`` without cluster."""
    settings = config.kubernetes
    if settings is None:
        return None
    provider = kubernetes.Provider(
        "cluster",
        context=settings.context,
        kubeconfig=settings.kubeconfig,
        enable_server_side_apply=True,
    )
    cluster = Cluster(
        issuer=settings.issuer,
        version=settings.version,
        installed=settings.installed,
    )
    namespace = TeamNamespace(
        "namespace",
        TeamNamespaceArgs(
            namespace=settings.namespace or config.stack,
            cluster=cluster,
            quota=NamespaceQuota(
                cpus=settings.quota.cpus,
                memory_gib=settings.quota.memory_gib,
                gpus=settings.quota.gpus,
                pods=settings.quota.pods,
            ),
            groups=settings.groups,
            experiments=config.people.experiments,
            aws_cidrs=settings.aws_cidrs,
            deletion_protection=config.deletion_protection,
            tags=tags,
        ),
        pulumi.ResourceOptions(providers=[provider]),
    )
    return ClusterNamespace(cluster=cluster, namespace=namespace, provider=provider)


def declare_on_cluster(
    foundation: Foundation, plan: UseCasePlan
) -> Mapping[str, pulumi.Input[object]]:
    """Declare what of a use case runs on the cluster; return what the stack exports of it."""
    settings, place = plan.settings.kubernetes, foundation.namespace
    if settings is None or place is None:
        return {}
    found: dict[str, pulumi.Input[object]] = {}
    if settings.serving is not None:
        served = _serving(foundation, plan, place, settings.serving)
        found["kubernetes_service"] = served.service_name
    if settings.training is not None:
        trained = _training(foundation, plan, place, settings.training)
        found["kubernetes_training"] = trained.job_name
    return found


def _serving(
    foundation: Foundation, plan: UseCasePlan, place: ClusterNamespace, settings: ServingPods
) -> KubernetesServing:
    store, stack = foundation.store, foundation.config.kubernetes
    return KubernetesServing(
        f"{plan.name}-kubernetes-serving",
        KubernetesServingArgs(
            namespace=place.namespace.namespace,
            server_name=plan.name,
            cluster=place.cluster,
            image=_image(foundation, settings),
            model_package_arn=plan.model_package_arn,
            model_data_url=None if plan.served is None else plan.served.model_data_url,
            models=pulumi.Output.concat(store.artifacts_bucket, "/"),
            key_arn=store.artifacts_key_arn,
            resources=_resources(settings),
            replicas=ReplicaRange(
                least=settings.min_replicas,
                most=settings.max_replicas,
                cpu_percent=settings.cpu_percent,
            ),
            callers=settings.callers,
            pull_secrets=stack.pull_secrets if stack else (),
            start_seconds=settings.start_seconds,
            tags=plan.tags,
        ),
        _within(place),
    )


def _training(
    foundation: Foundation, plan: UseCasePlan, place: ClusterNamespace, settings: TrainingPods
) -> KubernetesTraining:
    store, stack = foundation.store, foundation.config.kubernetes
    data = pulumi.Output.concat(store.features_bucket, "/", settings.data)
    return KubernetesTraining(
        f"{plan.name}-kubernetes-training",
        KubernetesTrainingArgs(
            namespace=place.namespace.namespace,
            training_name=f"{plan.name}-training",
            cluster=place.cluster,
            image=_image(foundation, settings),
            command=settings.command,
            reads=[data],
            writes=pulumi.Output.concat(store.artifacts_bucket, "/trained/"),
            key_arns=[store.features_key_arn, store.artifacts_key_arn],
            resources=_resources(settings),
            run=settings.run,
            nodes=settings.nodes,
            environment={"TRAINING_DATA": pulumi.Output.concat("s3://", data)},
            max_seconds=settings.max_seconds,
            pull_secrets=stack.pull_secrets if stack else (),
            tags=plan.tags,
        ),
        _within(place),
    )


def _within(place: ClusterNamespace) -> pulumi.ResourceOptions:
    # The namespace is known by name alone, and must stand, quota and all, before it is filled.
    return pulumi.ResourceOptions(providers=[place.provider], depends_on=[place.namespace])


def _resources(pods: Pods) -> PodResources:
    return PodResources(
        cpu_millicores=pods.cpu_millicores,
        memory_mib=pods.memory_mib,
        gpus=pods.gpus,
        node_selector=pods.node_selector,
    )


def _image(foundation: Foundation, pods: Pods) -> pulumi.Output[str]:
    assert foundation.images is not None  # noqa: S101 - settings name the image among the stack's
    url = foundation.images.repository_urls[pods.image]
    return pulumi.Output.concat(url, ":", pods.image_tag or tag())
