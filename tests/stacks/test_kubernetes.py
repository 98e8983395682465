"""A stack with a cluster beside SageMaker: what it declares, refuses, and runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client

from infra.apply.down import down
from infra.apply.up import up
from infra.emulator.server import Emulator
from infra.kubernetes.kinds import API_PATH
from infra.resources.table import lookup
from stacks.errors import StackError
from tests.stacks import support
from tests.stacks.clustered import CLUSTER, SERVING, Declared, graph, resolved


@pytest.mark.parametrize(
    ("serving", "told"),
    [
        ({"gpus": 1, "max_replicas": 3}, "kubernetes.quota.gpus must hold 4 gpus, which is 4 x 1"),
        ({"memory_mib": 4096}, "kubernetes.quota.memory_gib must hold 13312 memory_mib"),
        ({"min_replicas": 3}, "max_replicas must be at least min_replicas 3"),
        ({"image": "training"}, "kubernetes.serving.image must be one of the stack's images"),
    ],
)
def test_what_the_cluster_can_never_hold_is_told_with_its_file(
    tmp_path: Path, serving: dict[str, Any], told: str
) -> None:
    with pytest.raises(StackError) as refused:
        resolved(tmp_path, cluster=CLUSTER, serving=SERVING | serving)
    assert told in str(refused.value)
    assert "Pulumi.flights-sandbox.yaml" in str(refused.value)


def test_builds_of_a_pipeline_bring_a_kubeconfig(tmp_path: Path) -> None:
    bring = "export KUBECONFIG=$PWD/cluster.yaml"
    source = {"type": "s3", "location": "bucket/revision.zip"}
    pipeline: dict[str, Any] = {"source": source, "preview": [bring, "make preview"]}
    with pytest.raises(StackError, match=r"deployment\.pipeline\.deploy must bring a kubeconfig"):
        resolved(tmp_path / "a", cluster=CLUSTER, serving=SERVING, pipeline=pipeline)
    pipeline["deploy"] = [bring, "make deploy"]
    resolved(tmp_path / "b", cluster=CLUSTER, serving=SERVING, pipeline=pipeline)


def test_pods_without_a_cluster_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="must be null in a stack without kubernetes"):
        resolved(tmp_path, cluster=None, serving=SERVING)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("installed", "kind"), [([], "batch/v1:Job"), (["kserve", "kubeflow-trainer"], "TrainJob")]
)
def test_every_manifest_of_it_is_one_that_supported_clusters_take(
    tmp_path: Path, installed: list[str], kind: str
) -> None:
    stack = resolved(tmp_path, cluster={**CLUSTER, "installed": installed}, serving=SERVING)
    live = support.live_of(stack.config, support.package_arn("flights-sandbox"))["flights"]
    objects = [
        one
        for one in graph(Declared(stack, live)).resources.values()
        if one.type.startswith("kubernetes:")
    ]
    assert any(one.type.endswith(kind) for one in objects)
    for one in objects:
        row = lookup(one.type)
        assert row.faults(one.name, row.check(one.name, one.inputs)) == []


def test_before_the_first_version_everything_stands_but_pods(tmp_path: Path) -> None:
    stack = resolved(tmp_path, cluster=CLUSTER, serving=SERVING)
    types = {one.type for one in graph(Declared(stack)).resources.values()}
    assert "kubernetes:core/v1:Service" in types
    assert "kubernetes:apps/v1:Deployment" not in types


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    with Emulator(home=tmp_path) as running:
        yield running


@pytest.mark.loop
def test_a_stack_with_a_cluster_comes_to_rest_and_leaves_nothing(
    tmp_path: Path, emulator: Emulator
) -> None:
    declared = Declared(resolved(tmp_path, cluster=CLUSTER, serving=SERVING))
    first = up(declared, emulator.endpoint_url)
    assert not first.failed
    core = client.CoreV1Api(
        client.ApiClient(client.Configuration(host=f"{emulator.endpoint_url}{API_PATH}"))
    )
    assert names(core) == ["flights-sandbox"]
    quota = core.read_namespaced_resource_quota("quota", "flights-sandbox").to_dict()
    assert quota["spec"]["hard"]["requests.nvidia.com/gpu"] == "1"
    second = up(declared, emulator.endpoint_url)
    assert (second.changes, second.failed) == (0, ())
    gone = down("flights-sandbox", emulator.endpoint_url, unprotect=True)
    assert not gone.failed
    assert names(core) == []


def names(core: client.CoreV1Api) -> list[str]:
    return [one["metadata"]["name"] for one in core.list_namespace().to_dict()["items"]]
