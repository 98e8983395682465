"""What the people of a team may do in its namespace: rules for each of the platform's roles.

None may change what is declared, read a secret, or run a command inside a pod.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from components._iam_people import Role

Rule = Mapping[str, Any]
_SEE: Final = ("get", "list", "watch")


def _rule(group: str, *resources: str, verbs: Sequence[str] = _SEE) -> Rule:
    return {"apiGroups": [group], "resources": list(resources), "verbs": list(verbs)}


_DECLARED: Final = (
    _rule(
        "",
        *("configmaps", "events", "limitranges", "pods", "resourcequotas"),
        *("serviceaccounts", "services"),
    ),
    _rule("apps", "deployments", "replicasets"),
    _rule("autoscaling", "horizontalpodautoscalers"),
    _rule("batch", "jobs"),
    _rule("networking.k8s.io", "networkpolicies"),
    _rule("policy", "poddisruptionbudgets"),
    _rule("rbac.authorization.k8s.io", "roles", "rolebindings"),
    _rule("serving.kserve.io", "inferenceservices"),
    _rule("trainer.kubeflow.org", "trainjobs"),
)
_LOGS: Final = (_rule("", "pods/log", verbs=("get",)),)
_CALL: Final = (_rule("", "services/proxy", verbs=("create", "get")),)
_TRAIN: Final = (
    # Whoever starts pods takes the identity of any service account of the namespace.
    _rule("batch", "jobs", verbs=("create", "delete", "patch")),
    _rule("trainer.kubeflow.org", "trainjobs", verbs=("create", "delete", "patch")),
)
_RESTART: Final = (
    _rule("", "pods", verbs=("delete",)),
    _rule("", "pods/eviction", verbs=("create",)),
    _rule("apps", "deployments/scale", verbs=("get", "patch", "update")),
)
_RULES: Final[Mapping[Role, Sequence[Rule]]] = MappingProxyType(
    {
        "business_stakeholder": (),
        "solution_architect": _DECLARED,
        "data_scientist": (*_DECLARED, *_LOGS),
        "data_engineer": (*_DECLARED, *_LOGS),
        "software_engineer": (*_DECLARED, *_LOGS, *_CALL),
        "devops_engineer": (*_DECLARED, *_LOGS, *_RESTART),
        "ml_engineer": (*_DECLARED, *_LOGS, *_CALL, *_TRAIN),
    }
)


def rules(role: Role, *, experiments: bool) -> Sequence[Rule]:
    """Return what a role may do; with ``experiments`` data scientists run jobs, too."""
    further = _TRAIN if experiments and role == "data_scientist" else ()
    return (*_RULES[role], *further)
