"""The kinds of objects that stacks declare on a cluster, and what cannot change in place."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

ALWAYS: Final = frozenset({"apiVersion", "kind", "metadata.name", "metadata.namespace"})
"""What names an object: another one is another object."""
API_PATH: Final = "/_kubernetes"
"""Where the emulator's API server answers below its URL, as one would behind a proxy."""
SUPPORTED: Final = ("1.34", "1.35", "1.36", "1.37")
"""Kubernetes versions whose schemas every manifest must fit."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """One kind, as the API server and pulumi-kubernetes know it."""

    api_version: str
    name: str
    plural: str
    namespaced: bool = True
    immutable: frozenset[str] = frozenset()
    """Paths that the API server refuses to change, so that pulumi-kubernetes replaces for them.

    Source: pulumi/pulumi-kubernetes provider/pkg/provider/diff.go.
    """
    replaced: frozenset[str] = frozenset()
    """Paths that pulumi-kubernetes replaces for though the API server would change them."""
    custom: str | None = None
    """What brings the kind to a cluster, for example ``kserve``; ``None`` for Kubernetes' own."""

    @property
    def token(self) -> str:
        """Pulumi's type token; Kubernetes' oldest group has no name, Pulumi calls it core."""
        version = self.api_version if "/" in self.api_version else f"core/{self.api_version}"
        return f"kubernetes:{version}:{self.name}"

    @property
    def group(self) -> str:
        """The API group; empty for the oldest."""
        return self.api_version.rpartition("/")[0]

    @property
    def path(self) -> str:
        """Where the API server serves the group's version."""
        return f"/apis/{self.api_version}" if self.group else f"/api/{self.api_version}"


_JOB = frozenset({"spec.completionMode", "spec.completions", "spec.selector", "spec.template"})
_RBAC = "rbac.authorization.k8s.io/v1"

KINDS: Final = (
    Kind(api_version="v1", name="Namespace", plural="namespaces", namespaced=False),
    Kind(
        api_version="v1",
        name="ResourceQuota",
        plural="resourcequotas",
        immutable=frozenset({"spec.scopes"}),
    ),
    Kind(api_version="v1", name="LimitRange", plural="limitranges"),
    Kind(api_version="v1", name="ServiceAccount", plural="serviceaccounts"),
    Kind(
        api_version="v1",
        name="ConfigMap",
        plural="configmaps",
        replaced=frozenset({"binaryData", "data"}),
    ),
    Kind(
        api_version="v1",
        name="Service",
        plural="services",
        immutable=frozenset({"spec.clusterIP"}),
    ),
    Kind(api_version="v1", name="Pod", plural="pods", immutable=frozenset({"spec"})),
    Kind(api_version=_RBAC, name="Role", plural="roles"),
    Kind(
        api_version=_RBAC,
        name="RoleBinding",
        plural="rolebindings",
        immutable=frozenset({"roleRef"}),
    ),
    Kind(api_version="networking.k8s.io/v1", name="NetworkPolicy", plural="networkpolicies"),
    Kind(
        api_version="apps/v1",
        name="Deployment",
        plural="deployments",
        immutable=frozenset({"spec.selector"}),
    ),
    Kind(
        api_version="batch/v1",
        name="Job",
        plural="jobs",
        immutable=_JOB,
        replaced=frozenset({"spec.parallelism"}),
    ),
    Kind(api_version="policy/v1", name="PodDisruptionBudget", plural="poddisruptionbudgets"),
    Kind(
        api_version="autoscaling/v2",
        name="HorizontalPodAutoscaler",
        plural="horizontalpodautoscalers",
    ),
    Kind(
        api_version="trainer.kubeflow.org/v1alpha1",
        name="TrainJob",
        plural="trainjobs",
        immutable=frozenset(
            {"spec.initializer", "spec.managedBy", "spec.runtimeRef", "spec.trainer"}
        ),
        custom="kubeflow-trainer",
    ),
    Kind(
        api_version="serving.kserve.io/v1beta1",
        name="InferenceService",
        plural="inferenceservices",
        custom="kserve",
    ),
)

BY_MANIFEST: Final = MappingProxyType({(kind.api_version, kind.name): kind for kind in KINDS})
"""By ``apiVersion`` and ``kind``."""
