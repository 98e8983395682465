from __future__ import annotations

import asyncio
import gc
import json
import sys
import threading
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from infra.graph.evaluate import evaluate
from infra.graph.model import UNKNOWN, Resource, ResourceGraph
from infra.graph.monitor import WITHHELD, RegistrationFailed


def graph_of(program: Any, **options: Any) -> ResourceGraph:
    return evaluate(program, project="loop", stack="flights-sandbox", **options)


class Stands:
    """Makes everything stand, but for what is named."""

    def __init__(self, *refused: str) -> None:
        self.refused = refused
        self.seen: dict[str, Mapping[str, Any]] = {}

    def register(
        self, resource: Resource, inputs: Mapping[str, Any]
    ) -> tuple[str, Mapping[str, Any]]:
        self.seen[resource.name] = inputs
        if resource.name in self.refused:
            raise RegistrationFailed(resource.name)
        return f"{resource.name}-id", {**inputs, "arn": f"arn:{resource.name}"}


def test_what_aws_computes_is_unknown_in_a_preview_and_what_was_given_is_known() -> None:
    def program() -> None:
        bucket = aws.s3.Bucket("store", bucket="raw")
        aws.s3.BucketPolicy("policy", bucket=bucket.bucket, policy=bucket.arn)

    policy = graph_of(program)["policy"]
    assert policy.inputs == {"bucket": "raw", "policy": UNKNOWN}


def test_a_resource_that_is_not_declared_is_absent() -> None:
    def program() -> None:
        aws.s3.Bucket("store").arn.apply(lambda arn: aws.s3.Bucket(f"late-{arn}"))

    graph = graph_of(program)
    assert [resource.name for resource in graph.resources.values()] == ["store"]


def test_urns_are_those_of_the_engine() -> None:
    class Store(pulumi.ComponentResource):
        def __init__(self, name: str) -> None:
            super().__init__("mlops:index:Store", name)
            options = pulumi.ResourceOptions(parent=self)
            self.bucket = aws.s3.Bucket(f"{name}-raw", opts=options)
            self.register_outputs({"name": "of the store"})

    graph = graph_of(lambda: Store("store"))
    component = "urn:pulumi:flights-sandbox::loop::mlops:index:Store::store"
    child = graph["store-raw"]
    assert child.parent == component
    assert child.urn == (
        "urn:pulumi:flights-sandbox::loop::mlops:index:Store$aws:s3/bucket:Bucket::store-raw"
    )
    assert graph[component.rpartition("::")[2]].parent is None
    assert graph.component_outputs[component] == {"name": "of the store"}
    assert graph.children("store") == [child]


def test_dependencies_come_through_values_and_through_depends_on() -> None:
    def program() -> None:
        key = aws.kms.Key("key")
        log = aws.s3.Bucket("log")
        aws.s3.Bucket("store", tags={"key": key.arn}, opts=pulumi.ResourceOptions(depends_on=[log]))

    graph = graph_of(program)
    assert graph["store"].dependencies == tuple(sorted([graph["key"].urn, graph["log"].urn]))
    assert graph["store"].property_dependencies == {"tags": (graph["key"].urn,)}


def test_options_are_recorded() -> None:
    def program() -> None:
        options = pulumi.ResourceOptions(
            protect=True,
            retain_on_delete=True,
            delete_before_replace=True,
            ignore_changes=["tags"],
            replace_on_changes=["bucket"],
            aliases=[pulumi.Alias(name="old")],
        )
        aws.s3.Bucket("store", opts=options)

    store = graph_of(program)["store"]
    assert store.protect
    assert store.retain_on_delete
    assert store.delete_before_replace
    assert store.ignore_changes == ("tags",)
    assert store.replace_on_changes == ("bucket",)
    assert "urn:pulumi:flights-sandbox::loop::aws:s3/bucket:Bucket::old" in store.aliases


def test_a_child_is_known_by_every_name_of_its_parent_and_of_its_own() -> None:
    class Store(pulumi.ComponentResource):
        def __init__(self, name: str, opts: pulumi.ResourceOptions) -> None:
            super().__init__("mlops:index:Store", name, opts=opts)
            own = pulumi.ResourceOptions(parent=self, aliases=[pulumi.Alias(name="files")])
            aws.s3.Bucket(f"{name}-raw", opts=own)

    before = pulumi.ResourceOptions(aliases=[pulumi.Alias(name="shop", type_="mlops:index:Shop")])
    bucket = graph_of(lambda: Store("store", before))["store-raw"]
    assert {tuple(urn.split("::")[2:]) for urn in bucket.aliases} == {
        ("mlops:index:Store$aws:s3/bucket:Bucket", "files"),
        ("mlops:index:Store$aws:s3/bucketV2:BucketV2", "store-raw"),  # pulumi-aws's own
        ("mlops:index:Shop$aws:s3/bucket:Bucket", "shop-raw"),
        ("mlops:index:Shop$aws:s3/bucket:Bucket", "files"),
        ("mlops:index:Shop$aws:s3/bucketV2:BucketV2", "shop-raw"),
    }


def test_a_secret_is_withheld_from_the_graph_and_given_to_the_registrar() -> None:
    def program() -> None:
        aws.iam.Role("role", assume_role_policy="{}", description=pulumi.Output.secret("hunter2"))

    registrar = Stands()
    graph = graph_of(program, registrar=registrar)
    assert graph["role"].inputs["description"] == WITHHELD
    assert graph["role"].secrets == {"description"}
    assert "hunter2" not in repr(graph)
    assert registrar.seen["role"]["description"] == "hunter2"


def test_outputs_of_a_registrar_flow_on() -> None:
    def program() -> None:
        bucket = aws.s3.Bucket("store")
        aws.iam.Role("role", assume_role_policy=bucket.arn.apply(lambda arn: f"of {arn}"))
        pulumi.export("bucket", bucket.id)

    graph = graph_of(program, registrar=Stands())
    assert graph["role"].inputs["assumeRolePolicy"] == "of arn:store"
    assert graph.outputs == {"bucket": "store-id"}


def test_what_depends_on_a_refused_resource_is_registered_with_unknown_values() -> None:
    def program() -> None:
        bucket = aws.s3.Bucket("store")
        aws.s3.Bucket("other", bucket=bucket.arn.apply(lambda arn: arn.upper()))
        aws.s3.Bucket("free")

    registrar = Stands("store")
    graph_of(program, registrar=registrar)
    assert registrar.seen["other"]["bucket"] is UNKNOWN
    assert "free" in registrar.seen


def test_numbers_are_whole_and_nothing_is_left_out_but_nothing() -> None:
    def program() -> None:
        aws.iam.Role("role", assume_role_policy="{}", max_session_duration=3600, path=None)

    inputs = graph_of(program)["role"].inputs
    assert inputs == {"assumeRolePolicy": "{}", "maxSessionDuration": 3600}
    assert isinstance(inputs["maxSessionDuration"], int)


def test_config_is_read_with_and_without_a_namespace() -> None:
    def program() -> None:
        pulumi.export("size", pulumi.Config().require_int("size"))
        pulumi.export("region", pulumi.Config("aws").require("region"))

    graph = graph_of(program, config={"size": "3", "aws:region": "eu-west-1"})
    assert graph.outputs == {"size": 3, "region": "eu-west-1"}
    with pytest.raises(pulumi.ConfigMissingError):
        graph_of(program)


def test_invokes_are_answered_by_token() -> None:
    def program() -> None:
        pulumi.export("account", aws.get_caller_identity().account_id)
        pulumi.export("region", aws.get_region_output().region)
        document = aws.iam.get_policy_document(
            statements=[{"actions": ["s3:GetObject"], "resources": ["*"]}]
        )
        pulumi.export("policy", document.json)

    outputs = graph_of(program).outputs
    assert outputs["account"] == "123456789012"
    assert outputs["region"] == "us-east-1"
    assert json.loads(outputs["policy"])["Statement"] == [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    ]


def test_fails_on_an_invoke_that_nobody_answers() -> None:
    with pytest.raises(LookupError, match=r"getAvailabilityZones.*close: "):
        graph_of(aws.get_availability_zones)


def test_fails_on_a_resource_read_from_elsewhere() -> None:
    with pytest.raises(LookupError, match=r"'theirs' is read from AWS \('b-1'\)"):
        graph_of(lambda: aws.s3.Bucket.get("theirs", "b-1"))


def test_fails_on_two_resources_of_one_name() -> None:
    def program() -> None:
        aws.s3.Bucket("store")
        aws.s3.Bucket("store")

    with pytest.raises(ValueError, match=r"logical name must be unique .*::store"):
        graph_of(program)


def test_a_failing_program_raises_its_own_error() -> None:
    def program() -> None:
        aws.s3.Bucket("store").id.apply(lambda _: aws.s3.Bucket("store"))
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        graph_of(program)


def test_a_failing_apply_raises_its_own_error() -> None:
    def program() -> None:
        aws.s3.Bucket("store").arn.apply(lambda _: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        graph_of(program, registrar=Stands())


def test_a_failure_leaves_no_thread_no_loop_and_no_noise(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    noise: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", noise.append)
    threads = threading.active_count()

    def program() -> None:
        bucket = aws.s3.Bucket("store")
        bucket.arn.apply(lambda _: 1 / 0)
        aws.s3.Bucket("other", bucket=bucket.arn)
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        graph_of(program, registrar=Stands())
    gc.collect()
    assert threading.active_count() == threads
    assert asyncio._get_running_loop() is None
    assert gc.isenabled()
    assert noise == []
    assert capsys.readouterr().err == ""
    assert graph_of(lambda: aws.s3.Bucket("after"))["after"]


def test_a_thousand_resources_do_not_nest() -> None:
    limit = sys.getrecursionlimit()

    def program() -> None:
        store = aws.s3.Bucket("store")
        for index in range(1000):
            aws.s3.BucketPolicy(f"policy-{index}", bucket=store.id, policy=store.arn)

    sys.setrecursionlimit(400)
    try:
        graph = graph_of(program, registrar=Stands())
    finally:
        sys.setrecursionlimit(limit)
    assert len(graph.resources) == 1001


def test_two_threads_evaluate_side_by_side() -> None:
    graphs: dict[str, ResourceGraph] = {}

    def run(name: str) -> None:
        def program() -> None:
            for index in range(20):
                aws.s3.Bucket(f"{name}-{index}")
            pulumi.export("stack", pulumi.get_stack())

        graphs[name] = evaluate(program, project="loop", stack=name)

    threads = [threading.Thread(target=run, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {name: graph.outputs["stack"] for name, graph in graphs.items()} == {
        "one": "one",
        "two": "two",
    }
    assert all(len(graph.resources) == 20 for graph in graphs.values())
