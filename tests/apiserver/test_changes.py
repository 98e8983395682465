"""What a server does not change in place is what is replaced here, and nothing else of a kind."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.kubernetes.kinds import KINDS
from tests.apiserver.objects import Manifest, of, path, put
from tests.apiserver.rich import ACCOUNT, OBJECTS
from tests.apiserver.servers import Cluster

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
    """Make one object of each kind; return them as the server keeps them."""
    needed = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SPACE}},
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": ACCOUNT, "namespace": SPACE},
        },
    ]
    firsts = {one["kind"]: one for one in reversed(OBJECTS) if one["kind"] != "Namespace"}
    found: dict[str, Manifest] = {}
    for one in (*needed, *json.loads(json.dumps(list(firsts.values())))):
        if one["kind"] != "Namespace":
            one["metadata"]["namespace"] = SPACE
        one.pop("immutable", None)
        assert cluster.refusal(one, tried=False) is None
        status, now = cluster.request("GET", path(one))
        assert status == 200
        found[one["kind"]] = {**now, "apiVersion": one["apiVersion"], "kind": one["kind"]}
    return found


@pytest.mark.parametrize(
    ("kind", "field"), [(kind, field) for kind, fields in OTHERS.items() for field in fields]
)
def test_a_field_changes_in_place_unless_it_is_listed(
    cluster: Cluster, standing: dict[str, Manifest], kind: str, field: str
) -> None:
    _, now = cluster.request("GET", path(standing[kind]))
    made = put(dict(now), field, OTHERS[kind][field])
    for name in TOGETHER.get(kind, {}).get(field, ()):
        made["spec"].pop(name, None)
    status, body = cluster.request("PUT", f"{path(standing[kind])}?dryRun=All", made)
    listed = any(
        field == one or field.startswith(f"{one}.") for one in of(standing[kind]).immutable
    )
    assert (status == 422) == listed, body.get("message")
    assert status in {200, 422}


def test_every_listed_field_is_tried() -> None:
    listed = {(kind.name, field) for kind in KINDS if not kind.custom for field in kind.immutable}
    tried = {
        (kind, one)
        for kind, fields in OTHERS.items()
        for field in fields
        for one in (field, field.partition(".")[0], ".".join(field.split(".")[:2]))
    }
    assert listed - tried == set()
