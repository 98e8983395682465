"""What ``components.kubernetes_serving`` is in plain values."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from infra.package.edge.cluster import Cluster
from infra.package.edge.pod_resources import PodResources


class ReplicaRange(TypedDict):
    """How many pods answer."""

    least: NotRequired[int]
    """Two survive the loss of a node.

    By default `2`."""
    most: NotRequired[int]
    """By default `4`."""
    cpu_percent: NotRequired[int]
    """Mean share of the requested CPU above which another pod starts (1-100).

    By default `70`."""


class KubernetesServingArgs(TypedDict):
    """Inputs of `KubernetesServing`."""

    namespace: str
    """Of a `TeamNamespace` that stands."""
    server_name: str
    """Callers know the service by it; at most 53 of a-z, 0-9 and hyphens within, a letter first."""
    cluster: Cluster
    """With KServe installed there, KServe runs the pods."""
    image: pulumi.Input[str]
    """With the server that answers `/ping` and `/invocations` on port 8080."""
    model_package_arn: NotRequired[str]
    """Version in the registry; `None` before there is one: then no pod is declared."""
    model_data_url: NotRequired[str]
    """The version's archive on S3."""
    models: pulumi.Input[str]
    """`bucket/prefix` below which archives lie; pods read these only."""
    key_arn: pulumi.Input[str]
    """Customer key of the archives."""
    resources: PodResources
    """Of each pod."""
    tags: Mapping[str, str]
    """Must hold `project`, `environment`, `owner` and `team`."""
    replicas: NotRequired[ReplicaRange]
    """How many pods, and when there are more."""
    environment: NotRequired[Mapping[str, str]]
    """Further variables of the server."""
    callers: NotRequired[Sequence[str]]
    """Other namespaces whose pods may call it, an ingress controller's for example."""
    pull_secrets: NotRequired[Sequence[str]]
    """Secrets of the namespace with which nodes pull the image; none where nodes may."""
    start_seconds: NotRequired[int]
    """A pod that does not answer `/ping` by then is started anew.

    By default `300`."""


class KubernetesServingOutputs(TypedDict):
    """What ``KubernetesServing`` gives."""

    server_name: str
    service_name: str
    """DNS name of the service within its namespace: KServe makes its own."""
    role_arn: pulumi.Output[str]
