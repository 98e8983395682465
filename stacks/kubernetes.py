"""A cluster beside SageMaker: where it is, what of it is the team's, what runs there."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from stacks.people import Role
from stacks.settings import Settings, at

if TYPE_CHECKING:
    from stacks.config import StackConfig
    from stacks.deployment import Pipeline

Version = Literal["1.34", "1.35", "1.36", "1.37"]
Operator = Literal["kserve", "kubeflow-trainer"]
Label = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max_length=63)]
"""RFC 1123: a-z, 0-9 and hyphens within, at most 63."""


def network(cidr: str) -> str:
    """Return an IPv4 network as it is written, when a network policy takes it.

    Raises:
        PydanticCustomError: it is none, or an address within one.
    """
    try:
        found = ipaddress.IPv4Network(cidr)
    except ValueError:
        found = None
    if found is None or str(found) != cidr:
        raise PydanticCustomError("cidr", "must be an IPv4 network such as 10.20.0.0/16")
    return cidr


Cidr = Annotated[str, AfterValidator(network)]
Issuer = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9.-]+\.[a-z]+(:[0-9]+)?(/[A-Za-z0-9_./-]+)?$")
]
"""Host and path, without ``https://``."""


class Quota(Settings):
    """The most that all pods of the team ask for together."""

    cpus: Annotated[int, Field(ge=1)]
    """Cores of the cluster's nodes."""
    memory_gib: Annotated[int, Field(ge=1)]
    """Memory, of which nothing is promised twice."""
    gpus: Annotated[int, Field(ge=0)] = 0
    """NVIDIA GPUs (``nvidia.com/gpu``), whole ones."""
    pods: Annotated[int, Field(ge=1)] = 50
    """Pods at once, those that have ended not counted."""


class Kubernetes(Settings):
    """The team's part of a cluster; every conformant one will do."""

    context: Annotated[str, Field(min_length=1)]
    """Context of the kubeconfig that names cluster and user."""
    kubeconfig: str | None = None
    """Path of the kubeconfig; null takes ``KUBECONFIG``, or ``~/.kube/config``."""
    issuer: Issuer
    """Issuer of the cluster's service account tokens, an identity provider of the AWS account."""
    version: Version
    """Kubernetes' minor version: of the Pod Security standard that the namespace enforces."""
    installed: tuple[Operator, ...] = ()
    """Operators on the cluster: ``kserve`` runs what serves, ``kubeflow-trainer`` what trains."""
    namespace: Label | None = None
    """The team's namespace; null takes the stack's name."""
    quota: Quota
    """What the namespace may take of the cluster."""
    aws_cidrs: Annotated[tuple[Cidr, ...], Field(min_length=1)] = ("0.0.0.0/0",)
    """Where pods may call AWS, on port 443: the VPC's range where it has endpoints."""
    groups: dict[Role, Annotated[tuple[str, ...], Field(min_length=1)]] = Field(
        default_factory=dict
    )
    """By role, groups of the cluster's log-in; ``<namespace>:<role>`` where a role is left out."""
    pull_secrets: tuple[Label, ...] = ()
    """Secrets of the namespace with which nodes pull images; none where the nodes' role may."""


class Pods(Settings):
    """What each pod asks of a node."""

    cpu_millicores: Annotated[int, Field(ge=10)]
    """Thousandths of a core (10 and up)."""
    memory_mib: Annotated[int, Field(ge=64)]
    """Memory (64 MiB and up); a pod that takes more is killed."""
    gpus: Annotated[int, Field(ge=0, le=16)] = 0
    """Whole NVIDIA GPUs (0-16)."""
    node_selector: dict[str, str] = Field(default_factory=dict)
    """Labels that a node must have, for example of its GPU."""
    image: str = "serving"
    """One of the stack's ``images``."""
    image_tag: (
        Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$")] | None
    ) = None
    """Its tag; null takes that of our own model server, which follows from its sources."""


class ServingPods(Pods):
    """The registry's live version, on the cluster as well."""

    min_replicas: Annotated[int, Field(ge=1, le=100)] = 1
    """Pods that always answer (1-100); prod needs two, to survive the loss of a node."""
    max_replicas: Annotated[int, Field(ge=1, le=100)] = 2
    """Pods at most (1-100)."""
    cpu_percent: Annotated[int, Field(ge=1, le=100)] = 70
    """Mean share of the requested CPU above which another pod starts (1-100)."""
    callers: tuple[Label, ...] = ()
    """Namespaces whose pods may call it, beside the team's own."""
    start_seconds: Annotated[int, Field(ge=10, le=3600)] = 300
    """A pod that does not answer ``/ping`` by then starts anew (10-3600)."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.max_replicas < self.min_replicas:
            rule = f"must be at least min_replicas {self.min_replicas}"
            raise at("max_replicas", rule, self.max_replicas, beside=("min_replicas",))
        return self


class TrainingPods(Pods):
    """A training job on the cluster."""

    nodes: Annotated[int, Field(ge=1, le=64)] = 1
    """Pods that train together (1-64)."""
    command: Annotated[tuple[str, ...], Field(min_length=1)]
    """Program and arguments, on every node; torchrun finds the others by itself."""
    data: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_!.*'()/-]+/$")]
    """Prefix of the features bucket with the data to train on, its version included."""
    run: Label | None = None
    """Name of the run: another one trains anew; null declares the job suspended."""
    max_seconds: Annotated[int, Field(ge=60, le=2_419_200)] = 86_400
    """The job is ended after this (60-2419200)."""


class UseCaseKubernetes(Settings):
    """What of a use case runs on the stack's cluster."""

    serving: ServingPods | None = None
    """Null serves nothing there."""
    training: TrainingPods | None = None
    """Null trains nothing there."""


def check_cluster(config: StackConfig) -> None:
    """Hold what use cases run on the cluster to what the stack has of it.

    Raises:
        PydanticCustomError: there is no cluster or no such image, or a quota can never hold it.
    """
    used = {
        name: use_case.kubernetes
        for name, use_case in config.use_cases.items()
        if use_case.kubernetes is not None
    }
    for name, one in used.items():
        if config.kubernetes is None:
            raise at(
                f"use_cases.{name}.kubernetes",
                "must be null in a stack without kubernetes",
                sorted(one.model_fields_set),
                beside=("kubernetes",),
            )
        for part in ("serving", "training"):
            pods: Pods | None = getattr(one, part)
            if pods is None:
                continue
            key = f"use_cases.{name}.kubernetes.{part}.image"
            if pods.image not in config.images:
                raise at(key, "must be one of the stack's images", pods.image, beside=("images",))
            if pods.image_tag is None and pods.image != "serving":
                rule = "must be given with an image that is not built here"
                raise at(f"{key}_tag", rule, None, beside=(key,))
        if config.environment == "prod" and one.serving and one.serving.min_replicas < 2:  # noqa: PLR2004 - one may be lost
            key = f"use_cases.{name}.kubernetes.serving.min_replicas"
            raise at(key, "must be at least 2 in prod", one.serving.min_replicas)
    if config.kubernetes is None:
        return
    _check_quota(config.kubernetes.quota, used)
    if config.deployment.pipeline is not None and config.kubernetes.kubeconfig is None:
        _check_builds(config.deployment.pipeline)


def _check_builds(pipeline: Pipeline) -> None:
    """Hold a pipeline's builds to bringing a kubeconfig.

    Raises:
        PydanticCustomError: none of their commands does.
    """
    for stage in ("preview", "deploy"):
        commands: tuple[str, ...] = getattr(pipeline, stage)
        if not any("kubeconfig" in command.lower() for command in commands):
            raise at(
                f"deployment.pipeline.{stage}",
                "must bring a kubeconfig in a stack with kubernetes: export KUBECONFIG=...",
                commands[-1],
                beside=("kubernetes.kubeconfig",),
            )


def _check_quota(quota: Quota, used: Mapping[str, UseCaseKubernetes]) -> None:
    """Add up what would stand at once: all replicas, one more while a version rolls out, all nodes.

    Raises:
        PydanticCustomError: it is more than the quota.
    """
    shares = list(_shares(used))
    for key, of_pod, most in (
        ("cpus", "cpu_millicores", quota.cpus * 1000),
        ("memory_gib", "memory_mib", quota.memory_gib * 1024),
        ("gpus", "gpus", quota.gpus),
        ("pods", None, quota.pods),
    ):
        asked = sum(count * (getattr(pods, of_pod) if of_pod else 1) for _, pods, count in shares)
        if asked > most:
            told = " + ".join(
                f"{count} x {getattr(pods, of_pod) if of_pod else 1} ({where})"
                for where, pods, count in shares
            )
            unit = of_pod or "pods"
            raise at(
                f"kubernetes.quota.{key}",
                f"must hold {asked} {unit}, which is {told}",
                getattr(quota, key),
                beside=tuple(where for where, _, _ in shares),
            )


def _shares(used: Mapping[str, UseCaseKubernetes]) -> Iterator[tuple[str, Pods, int]]:
    for name, one in used.items():
        if one.serving is not None:
            where = f"use_cases.{name}.kubernetes.serving"
            yield where, one.serving, one.serving.max_replicas + 1
        if one.training is not None:
            yield f"use_cases.{name}.kubernetes.training", one.training, one.training.nodes
