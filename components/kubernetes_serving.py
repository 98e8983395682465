"""A version of the model that answers on a Kubernetes cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from components._iam_kubernetes import serve
from components._kubernetes import NAME_LENGTH, check_name, declare
from components._kubernetes_serving import (
    Server,
    autoscaler,
    budget,
    caller_policy,
    deployment,
    inference_service,
    service,
)
from components._place import here
from components._tags import stamp
from components._workload_identity import Workload, identity
from components.cluster import Cluster
from components.pod_resources import PodResources


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplicaRange:
    """How many pods answer.

    Raises:
        ValueError: not even one, or the least is more than the most.
    """

    least: int = 2
    """Two survive the loss of a node."""
    most: int = 4
    cpu_percent: int = 70
    """Mean share of the requested CPU above which another pod starts (1-100)."""

    def __post_init__(self) -> None:
        if not 1 <= self.least <= self.most:
            raise ValueError(f"least must be 1-{self.most}, got {self.least}")
        if not 1 <= self.cpu_percent <= 100:  # noqa: PLR2004 - per cent
            raise ValueError(f"cpu_percent must be 1-100, got {self.cpu_percent}")


@dataclass(frozen=True, kw_only=True, slots=True)
class KubernetesServingArgs:
    """Inputs of :class:`KubernetesServing`.

    Raises:
        ValueError: ``server_name`` is no name for a service.
    """

    namespace: str
    """Of a ``TeamNamespace`` that stands."""
    server_name: str
    """Callers know the service by it; at most 53 of a-z, 0-9 and hyphens within, a letter first."""
    cluster: Cluster
    """With KServe installed there, KServe runs the pods."""
    image: pulumi.Input[str]
    """With the server that answers ``/ping`` and ``/invocations`` on port 8080."""
    model_package_arn: str | None
    """Version in the registry; ``None`` before there is one: then no pod is declared."""
    model_data_url: str | None
    """The version's archive on S3."""
    models: pulumi.Input[str]
    """``bucket/prefix`` below which archives lie; pods read these only."""
    key_arn: pulumi.Input[str]
    """Customer key of the archives."""
    resources: PodResources
    """Of each pod."""
    tags: Mapping[str, str]
    """Must hold ``project``, ``environment``, ``owner`` and ``team``."""
    replicas: ReplicaRange = ReplicaRange()
    """How many pods, and when there are more."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Further variables of the server."""
    callers: Sequence[str] = ()
    """Other namespaces whose pods may call it, an ingress controller's for example."""
    pull_secrets: Sequence[str] = ()
    """Secrets of the namespace with which nodes pull the image; none where nodes may."""
    start_seconds: int = 300
    """A pod that does not answer ``/ping`` by then is started anew."""

    def __post_init__(self) -> None:
        most = NAME_LENGTH - len("-predictor")
        check_name("server_name", self.server_name, most, of_service=True)
        if (self.model_package_arn is None) != (self.model_data_url is None):
            raise ValueError(
                "model_data_url must be given with model_package_arn, got"
                f" {self.model_data_url} with {self.model_package_arn}"
            )


class KubernetesServing(pulumi.ComponentResource):
    """Pods that download one version and answer, spread over zones, scaled by their CPU.

    A pod is asked only once ``/ping`` answers, another version takes over pod by pod, and voluntary
    disruptions take one at a time. Service account, role and network policy stand before the first
    version, and so does the service's name.

    Raises:
        ValueError: a required tag is missing from ``args.tags``.
    """

    server_name: str
    service_name: str
    """DNS name of the service within its namespace: KServe makes its own."""
    role_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: KubernetesServingArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mlops:index:KubernetesServing", name, {}, opts)
        tags = stamp(args.tags, component=name)
        child = pulumi.ResourceOptions(parent=self)
        account, role = identity(
            name,
            Workload(
                name=args.server_name,
                namespace=args.namespace,
                cluster=args.cluster,
                tags=args.tags,
            ),
            pulumi.Output.all(place=here(), models=args.models, key_arn=args.key_arn).apply(
                lambda known: serve(**known)
            ),
            child,
        )
        by_kserve = "kserve" in args.cluster.installed
        self.server_name = args.server_name
        self.service_name = f"{args.server_name}-predictor" if by_kserve else args.server_name
        self.role_arn = role.arn
        server = Server(
            name=args.server_name,
            namespace=args.namespace,
            image=args.image,
            model_package_arn=args.model_package_arn or "",
            model_data_url=args.model_data_url or "",
            role_arn=role.arn,
            region=here().apply(lambda place: place.region),
            resources=args.resources,
            environment=args.environment,
            pull_secrets=args.pull_secrets,
            start_seconds=args.start_seconds,
            tags=tags,
        )
        declare(f"{name}-callers", caller_policy(server, args.callers), child)
        if not by_kserve:
            declare(f"{name}-service", service(server), child)
        if args.model_package_arn is not None:
            # Pods name their service account by name alone, and must not start without one.
            after = pulumi.ResourceOptions(parent=self, depends_on=[account])
            replicas = args.replicas
            if by_kserve:
                declare(
                    f"{name}-server",
                    inference_service(
                        server,
                        least=replicas.least,
                        most=replicas.most,
                        cpu_percent=replicas.cpu_percent,
                    ),
                    after,
                )
            else:
                declare(f"{name}-server", deployment(server), after)
                declare(
                    f"{name}-scaling",
                    autoscaler(
                        server,
                        least=replicas.least,
                        most=replicas.most,
                        cpu_percent=replicas.cpu_percent,
                    ),
                    child,
                )
            declare(f"{name}-budget", budget(server), child)
        self.register_outputs(
            {
                "server_name": self.server_name,
                "service_name": self.service_name,
                "role_arn": self.role_arn,
            }
        )
