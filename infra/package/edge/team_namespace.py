"""What ``components.team_namespace`` is in plain values."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

from infra.package.edge.cluster import Cluster


class NamespaceQuota(TypedDict):
    """The most that all pods of a namespace ask for together."""

    cpus: int
    memory_gib: int
    gpus: NotRequired[int]
    """By default `0`."""
    pods: NotRequired[int]
    """By default `50`."""
    largest_memory_gib: NotRequired[int]
    """Of one container; by default all of it."""


class TeamNamespaceArgs(TypedDict):
    """Inputs of `TeamNamespace`."""

    namespace: str
    """At most 63 of a-z, 0-9 and hyphens within; another one replaces it and all that is in it."""
    cluster: Cluster
    """Where it stands."""
    quota: NamespaceQuota
    """What the team's pods may ask for together."""
    tags: Mapping[str, str]
    """Must hold `project`, `environment`, `owner` and `team`."""
    groups: NotRequired[Mapping[str, Sequence[str]]]
    """By role, groups as the cluster's own log-in names them; `<namespace>:<role>` where a role
    is left out.

    By `business_stakeholder`, `solution_architect`, `data_scientist`, `data_engineer`,
    `software_engineer`, `devops_engineer`, `ml_engineer`."""
    experiments: NotRequired[bool]
    """Data scientists start and end training jobs here.

    By default `false`."""
    aws_cidrs: NotRequired[Sequence[str]]
    """Where AWS answers, on port 443: narrow it to the VPC's endpoints where there are any."""
    deletion_protection: NotRequired[bool]
    """Pulumi refuses to delete the namespace, which takes everything in it along.

    By default `true`."""


class TeamNamespaceOutputs(TypedDict):
    """What ``TeamNamespace`` gives."""

    namespace: str
    """Known before it stands."""
