"""What a server does not change in place is what is replaced here, and nothing else of a kind."""

from __future__ import annotations

from typing import Any

import pytest

from infra.kubernetes.kinds import KINDS
from tests.apiserver.objects import path
from tests.apiserver.rich import OBJECTS
from tests.apiserver.servers import Cluster
from tests.apiserver.verdicts import prepared
from tests.emulator.kubernetes.support import request
from tests.manifests import Manifest, of, put

SPACE = "changing"
OTHERS: dict[str, dict[str, Any]] = {
    "Deployment": {
        "spec.selector": {"matchLabels": {"tier": "new"}},
        "spec.replicas": 3,
        "spec.template.spec.containers.0.image": "example.com/main:2",
    },
    "Job": {
        "spec.completionMode": "NonIndexed",
        "spec.completions": 3,
        "spec.selector": {"matchLabels": {"tier": "new"}},
        "spec.template.spec.priorityClassName": "system-cluster-critical",
        "spec.parallelism": 1,
        "spec.backoffLimit": 3,
    },
    "Pod": {"spec.hostname": "other", "metadata.labels.tier": "new"},
    "ResourceQuota": {"spec.scopes": ["Terminating"], "spec.hard.pods": "11"},
    "RoleBinding": {"roleRef.name": "other", "subjects": []},
    "Service": {"spec.clusterIP": "10.0.0.99", "spec.sessionAffinity": "None"},
    "ConfigMap": {"data": {"one": "2"}},
    "Role": {"rules.0.verbs": ["get"]},
    "LimitRange": {"spec.limits.0.max.cpu": "3"},
    "NetworkPolicy": {"spec.policyTypes": ["Ingress"]},
    "PodDisruptionBudget": {"spec.minAvailable": "60%"},
    "HorizontalPodAutoscaler": {"spec.maxReplicas": 6},
    "ServiceAccount": {"automountServiceAccountToken": True},
}
"""Another value for some fields of each kind's first rich object."""
TOGETHER = {
    "Job": {"spec.completionMode": ("backoffLimitPerIndex", "maxFailedIndexes", "podFailurePolicy")}
}
"""Fields that have no meaning with the other value."""


@pytest.fixture(scope="module")
def standing(cluster: Cluster) -> dict[str, Manifest]:
    """Make the first rich object of each kind; return them by kind."""
    prepared(cluster, SPACE)
    found: dict[str, Manifest] = {}
    for one in reversed(OBJECTS):
        if one["kind"] == "Namespace":
            continue
        made = put(one, "metadata.namespace", SPACE)
        made.pop("immutable", None)
        found[one["kind"]] = made
    for made in found.values():
        assert cluster.refusal(made, tried=False) is None
    return found


@pytest.mark.parametrize(
    ("kind", "field"), [(kind, field) for kind, fields in OTHERS.items() for field in fields]
)
def test_a_field_changes_in_place_unless_it_is_listed(
    cluster: Cluster, standing: dict[str, Manifest], kind: str, field: str
) -> None:
    _, now = request(cluster.api, "GET", path(standing[kind]))
    made = put(dict(now), field, OTHERS[kind][field])
    for name in TOGETHER.get(kind, {}).get(field, ()):
        made["spec"].pop(name, None)
    status, body = request(cluster.api, "PUT", f"{path(standing[kind])}?dryRun=All", made)
    listed = any(within(field, one) for one in of(standing[kind]).immutable)
    assert (status == 422) == listed, body.get("message")
    assert status in {200, 422}


def test_every_listed_field_is_tried() -> None:
    listed = [(kind.name, field) for kind in KINDS if not kind.custom for field in kind.immutable]
    assert listed
    for kind, field in listed:
        assert any(within(tried, field) for tried in OTHERS[kind]), (kind, field)


def within(field: str, outer: str) -> bool:
    return field == outer or field.startswith(f"{outer}.")
