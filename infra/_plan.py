"""What the parts of one loop are declared from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.alerting import Alerting
from components.artifact_store import ArtifactStore
from components.cluster import Cluster
from components.container_registry import ContainerRegistry
from components.team_namespace import TeamNamespace
from infra._neighbours import Upstream
from infra._network import Network
from infra.live_versions import ServedVersions
from pipelines.compiled import CompiledUseCase
from stacks.config import StackConfig
from stacks.use_case import UseCase


@dataclass(frozen=True, kw_only=True, slots=True)
class ClusterNamespace:
    """A team's namespace, and what reaches it."""

    cluster: Cluster
    namespace: TeamNamespace
    provider: pulumi.ProviderResource


@dataclass(frozen=True, kw_only=True, slots=True)
class Foundation:
    """What all use cases of a stack share."""

    config: StackConfig
    store: ArtifactStore
    network: Network
    """What jobs, endpoints and functions join."""
    images: ContainerRegistry | None
    """Repositories of the team's own images; ``None`` where the stack has none."""
    operations_key_arn: pulumi.Output[str]
    """Customer key of logs, queues, topics, function settings, builds and decisions."""
    upstream: Upstream | None
    """The environment whose approved versions come here; ``None`` where there is none."""
    made_from: Mapping[str, str]
    """Commit, branch and author that the program stands at."""
    tracking_server_arn: pulumi.Output[str] | None
    """MLflow's; ``None`` where the stack has none."""
    alerting: Alerting
    """Whom alarms tell."""
    namespace: ClusterNamespace | None = None
    """The team's part of a Kubernetes cluster; ``None`` where the stack has none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class UseCasePlan:
    """What one use case consists of."""

    name: str
    settings: UseCase
    compiled: CompiledUseCase
    served: ServedVersions | None
    """Versions to serve; ``None`` before any was approved."""
    tags: Mapping[str, str]

    @property
    def model_package_arn(self) -> str | None:
        """The first variant's version."""
        return None if self.served is None else self.served.main

    @property
    def serving_name(self) -> str:
        """Logical name of the served model; its models' names start with it."""
        return f"{self.name}-serving"
