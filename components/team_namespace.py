"""A team's own part of a Kubernetes cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi

from components._iam_people import ROLES, Role
from components._kubernetes import check_name, declare, metadata
from components._kubernetes_network import aws, closed, names
from components._kubernetes_people import rules
from components._tags import stamp
from components.cluster import Cluster
from components.pod_resources import GPU


@dataclass(frozen=True, kw_only=True, slots=True)
class NamespaceQuota:
    """The most that all pods of a namespace ask for together."""

    cpus: int
    memory_gib: int
    gpus: int = 0
    pods: int = 50
    largest_memory_gib: int | None = None
    """Of one container; by default all of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TeamNamespaceArgs:
    """Inputs of :class:`TeamNamespace`.

    Raises:
        ValueError: ``namespace`` is no name for one, or ``groups`` names what is no role.
    """

    namespace: str
    """At most 63 of a-z, 0-9 and hyphens within; another one replaces it and all that is in it."""
    cluster: Cluster
    """Where it stands."""
    quota: NamespaceQuota
    """What the team's pods may ask for together."""
    tags: Mapping[str, str]
    """Must hold ``project``, ``environment``, ``owner`` and ``team``."""
    groups: Mapping[Role, Sequence[str]] = field(default_factory=dict)
    """By role, groups as the cluster's own log-in names them; ``<namespace>:<role>`` where a role
    is left out."""
    experiments: bool = False
    """Data scientists start and end training jobs here."""
    aws_cidrs: Sequence[str] = ("0.0.0.0/0",)
    """Where AWS answers, on port 443: narrow it to the VPC's endpoints where there are any."""
    deletion_protection: bool = True
    """Pulumi refuses to delete the namespace, which takes everything in it along."""

    def __post_init__(self) -> None:
        check_name("namespace", self.namespace)
        if unknown := sorted(set(self.groups) - set(ROLES)):
            raise ValueError(f"groups must be of {list(ROLES)}, got {unknown}")


class TeamNamespace(pulumi.ComponentResource):
    """A namespace whose pods run restricted, within a quota, behind a closed network.

    Needs pulumi-kubernetes' provider in ``opts``. People get a role each in this namespace and in
    no other; what runs here knows AWS by the service accounts of its own components.

    Raises:
        ValueError: a required tag is missing from ``args.tags``.
    """

    namespace: str
    """Known before it stands."""

    def __init__(
        self, name: str, args: TeamNamespaceArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mlops:index:TeamNamespace", name, {}, opts)
        tags = stamp(args.tags, component=name)
        self.namespace = args.namespace
        space = declare(
            f"{name}-namespace",
            namespace(args.namespace, tags, args.cluster.version),
            pulumi.ResourceOptions(parent=self, protect=args.deletion_protection),
        )
        # The API server takes nothing into a namespace that is not there yet.
        inside = pulumi.ResourceOptions(parent=self, depends_on=[space])
        for role, manifest in self._manifests(args, tags).items():
            declare(f"{name}-{role}", manifest, inside)
        for role in ROLES:
            self._people(name, role, args, tags, inside)
        self.register_outputs({"namespace": self.namespace})

    @staticmethod
    def _manifests(args: TeamNamespaceArgs, tags: Mapping[str, str]) -> dict[str, dict[str, Any]]:
        def policy(name: str, spec: dict[str, Any]) -> dict[str, Any]:
            return {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "NetworkPolicy",
                "metadata": metadata(name, tags, namespace=args.namespace),
                "spec": spec,
            }

        return {
            "quota": quota(args.namespace, tags, args.quota),
            "limits": limits(args.namespace, tags, args.quota),
            "closed": policy("closed", closed()),
            "names": policy("names", names()),
            "aws": policy("aws", aws(args.aws_cidrs)),
        }

    @staticmethod
    def _people(
        name: str,
        role: Role,
        args: TeamNamespaceArgs,
        tags: Mapping[str, str],
        inside: pulumi.ResourceOptions,
    ) -> None:
        word = role.replace("_", "-")
        allowed = rules(role, experiments=args.experiments)
        if not allowed:
            return
        own = metadata(word, tags, namespace=args.namespace)
        made = declare(
            f"{name}-{word}-role",
            {
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": "Role",
                "metadata": own,
                "rules": [dict(one) for one in allowed],
            },
            inside,
        )
        groups = args.groups.get(role) or (f"{args.namespace}:{role}",)
        declare(
            f"{name}-{word}-binding",
            {
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": "RoleBinding",
                "metadata": own,
                "roleRef": {
                    "apiGroup": "rbac.authorization.k8s.io",
                    "kind": "Role",
                    "name": word,
                },
                "subjects": [
                    {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": group}
                    for group in groups
                ],
            },
            # A binding names its role by name alone.
            pulumi.ResourceOptions.merge(inside, pulumi.ResourceOptions(depends_on=[made])),
        )


def namespace(name: str, tags: Mapping[str, str], version: str) -> dict[str, Any]:
    """Return the namespace, whose pods admission holds to *restricted* as of ``version``."""
    own = metadata(name, tags)
    for mode in ("enforce", "audit", "warn"):
        own["labels"][f"pod-security.kubernetes.io/{mode}"] = "restricted"
        own["labels"][f"pod-security.kubernetes.io/{mode}-version"] = f"v{version}"
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": own}


def quota(name: str, tags: Mapping[str, str], most: NamespaceQuota) -> dict[str, Any]:
    """Return what all pods may ask for together; nothing is exposed past the cluster's edge."""
    hard = {
        "requests.cpu": str(most.cpus),
        "requests.memory": f"{most.memory_gib}Gi",
        "limits.memory": f"{most.memory_gib}Gi",
        f"requests.{GPU}": str(most.gpus),
        "pods": str(most.pods),
        "services.loadbalancers": "0",
        "services.nodeports": "0",
        "persistentvolumeclaims": "0",
    }
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": metadata("quota", tags, namespace=name),
        "spec": {"hard": hard},
    }


def limits(name: str, tags: Mapping[str, str], most: NamespaceQuota) -> dict[str, Any]:
    """Return what a container gets that asks for nothing, and the most that one may ask for."""
    largest = most.largest_memory_gib or most.memory_gib
    container = {
        "type": "Container",
        "defaultRequest": {"cpu": "100m", "memory": "256Mi"},
        "default": {"memory": "256Mi"},
        "max": {"memory": f"{largest}Gi"},
    }
    return {
        "apiVersion": "v1",
        "kind": "LimitRange",
        "metadata": metadata("limits", tags, namespace=name),
        "spec": {"limits": [container]},
    }
