"""The provider as the engine meets it: over gRPC, with a table of one made-up type."""

# ruff: noqa: ARG002 - the stand-in keeps to the protocol

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import grpc  # type: ignore[import-untyped]  # grpcio ships no types
import pytest
from botocore.exceptions import ClientError
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from infra.engine.invokes import invoke
from infra.engine.provider import Provider
from infra.engine.server import serving
from infra.graph.model import UNKNOWN
from infra.graph.wire import decode_struct, encode_struct
from infra.resources.handler import Clients, Created, InputError, Properties
from infra.resources.naming import AutoName

URN = "urn:pulumi:dev::project::mlops:index:Store$aws:test/thing:Thing::thing"


@dataclass
class Thing:
    """A type that keeps what it makes in a dictionary."""

    token: str = "aws:test/thing:Thing"  # noqa: S105 - a type token
    replace_on: frozenset[str] = frozenset({"name", "key"})
    stateful: bool = False
    autoname: AutoName | None = field(default_factory=lambda: AutoName("name"))
    delete_before_replace: bool = False
    held: dict[str, dict[str, Any]] = field(default_factory=dict)

    def check(self, name: str, inputs: Properties, old: Properties | None = None) -> dict[str, Any]:
        if inputs.get("size") == 0:
            raise InputError("size must be positive, got 0")
        assert self.autoname is not None
        return {"name": self.autoname.given(name, old), **inputs}

    def faults(self, name: str, inputs: Properties) -> list[str]:
        size = inputs.get("size", 0)
        return [f"{name}: size must be at most 9, got {size}"] if size > 9 else []

    def create(self, aws: Clients, inputs: Properties) -> Created:
        if inputs["name"] in self.held:
            told = {"Error": {"Code": "ResourceInUse", "Message": "name is taken"}}
            raise ClientError(told, "CreateThing")  # type: ignore[arg-type]  # a part suffices
        self.held[inputs["name"]] = dict(inputs)
        return Created(id=inputs["name"], outputs={**inputs, "arn": f"arn:{aws.region}"})

    def read(self, aws: Clients, resource_id: str, outputs: Properties) -> Created | None:
        if resource_id not in self.held:
            return None
        return Created(id=resource_id, outputs={**self.held[resource_id], "arn": outputs["arn"]})

    def update(self, aws: Clients, resource_id: str, old: Properties, new: Properties) -> Created:
        self.held[resource_id] = dict(new)
        return Created(id=resource_id, outputs={**new, "arn": old["arn"]})

    def delete(self, aws: Clients, resource_id: str, outputs: Properties) -> None:
        self.held.pop(resource_id, None)


@pytest.fixture
def thing() -> Thing:
    return Thing()


@pytest.fixture
def engine(thing: Thing) -> Iterator[provider_pb2_grpc.ResourceProviderStub]:
    def lookup(token: str) -> Thing:
        if token != thing.token:
            raise LookupError(f"no resource type {token!r} in the table")
        return thing

    def connect(region: str) -> Any:
        return SimpleNamespace(region=region, account_id="123456789012", endpoint_url="")

    provider = Provider(lookup=lookup, invoke=invoke, connect=connect, region="us-east-1")
    with serving(provider) as port, grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        stub.Configure(provider_pb2.ConfigureRequest())
        yield stub


def checked(engine: Any, news: dict[str, Any], olds: dict[str, Any] | None = None) -> Any:
    request = provider_pb2.CheckRequest(
        urn=URN, news=encode_struct(news), olds=encode_struct(olds or {})
    )
    return engine.Check(request)


def differing(engine: Any, old: dict[str, Any], new: dict[str, Any]) -> Any:
    request = provider_pb2.DiffRequest(
        urn=URN, id="i", old_inputs=encode_struct(old), news=encode_struct(new)
    )
    return engine.Diff(request)


def test_a_resource_lives_from_check_to_delete(engine: Any, thing: Thing) -> None:
    inputs = checked(engine, {"size": 3, "tags": {"a": "b"}}).inputs
    made = engine.Create(provider_pb2.CreateRequest(urn=URN, properties=inputs))
    assert decode_struct(made.properties)["arn"] == "arn:us-east-1"
    assert thing.held[made.id]["size"] == 3
    read = engine.Read(
        provider_pb2.ReadRequest(urn=URN, id=made.id, properties=made.properties, inputs=inputs)
    )
    assert read.properties == made.properties
    assert read.inputs == inputs
    news = encode_struct({**decode_struct(inputs), "size": 4})
    updated = engine.Update(
        provider_pb2.UpdateRequest(urn=URN, id=made.id, olds=made.properties, news=news)
    )
    assert decode_struct(updated.properties)["size"] == 4
    engine.Delete(provider_pb2.DeleteRequest(urn=URN, id=made.id, properties=updated.properties))
    assert thing.held == {}
    gone = engine.Read(
        provider_pb2.ReadRequest(urn=URN, id=made.id, properties=made.properties, inputs=inputs)
    )
    assert gone.id == ""


def test_a_preview_makes_nothing(engine: Any, thing: Thing) -> None:
    inputs = encode_struct({"name": "thing", "arn": UNKNOWN})
    made = engine.Create(provider_pb2.CreateRequest(urn=URN, properties=inputs, preview=True))
    assert decode_struct(made.properties) == {"name": "thing", "arn": UNKNOWN}
    assert thing.held == {}


def test_an_autoname_lasts_as_long_as_its_resource(engine: Any) -> None:
    first = decode_struct(checked(engine, {}).inputs)
    assert decode_struct(checked(engine, {}, first).inputs) == first
    assert decode_struct(checked(engine, {}).inputs) != first


def test_an_impossible_input_is_a_check_failure_of_that_property(engine: Any) -> None:
    answer = checked(engine, {"size": 0})
    (failure,) = answer.failures
    assert failure.property == "size"
    assert failure.reason == "size must be positive, got 0"


def test_a_replacement_of_an_autonamed_resource_keeps_the_old_until_the_new_stands(
    engine: Any,
) -> None:
    old = decode_struct(checked(engine, {"key": "a"}).inputs)
    answer = differing(engine, old, {**old, "key": "b"})
    assert list(answer.replaces) == ["key"]
    assert answer.detailedDiff["key"].kind == provider_pb2.PropertyDiff.UPDATE_REPLACE
    assert not answer.deleteBeforeReplace


def test_a_replacement_of_a_fixed_name_drops_the_old_first(engine: Any) -> None:
    old = {"name": "fixed", "key": "a"}
    assert differing(engine, old, {**old, "key": "b"}).deleteBeforeReplace
    assert not differing(engine, old, {"name": "other", "key": "a"}).deleteBeforeReplace


def test_an_update_in_place_replaces_nothing(engine: Any) -> None:
    old = {"name": "fixed", "size": 1}
    answer = differing(engine, old, {**old, "size": 2})
    assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
    assert list(answer.replaces) == []
    assert not answer.deleteBeforeReplace


def test_what_aws_refuses_comes_with_its_code_and_words(engine: Any, thing: Thing) -> None:
    thing.held["taken"] = {}
    inputs = encode_struct({"name": "taken"})
    with pytest.raises(grpc.RpcError) as caught:
        engine.Create(provider_pb2.CreateRequest(urn=URN, properties=inputs))
    assert caught.value.code() is grpc.StatusCode.ALREADY_EXISTS
    assert caught.value.details() == "CreateThing: ResourceInUse: name is taken"


def test_a_type_that_the_table_lacks_is_named(engine: Any) -> None:
    request = provider_pb2.CheckRequest(urn=URN.replace("Thing::", "Other::"))
    with pytest.raises(grpc.RpcError) as caught:
        engine.Check(request)
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND
    assert "no resource type" in caught.value.details()


def test_an_import_is_refused(engine: Any) -> None:
    with pytest.raises(grpc.RpcError, match="neither imported nor looked up"):
        engine.Read(provider_pb2.ReadRequest(urn=URN, id="fixed"))


def test_a_second_region_is_refused(engine: Any) -> None:
    elsewhere = {"aws:config:region": "eu-west-1"}
    with pytest.raises(grpc.RpcError, match="one provider serves one region"):
        engine.Configure(provider_pb2.ConfigureRequest(variables=elsewhere))


def test_default_tags_are_refused_rather_than_forgotten(engine: Any) -> None:
    news = encode_struct({"region": "us-east-1", "defaultTags": '{"tags": {"a": "b"}}'})
    (failure,) = engine.CheckConfig(provider_pb2.CheckRequest(news=news)).failures
    assert failure.property == "defaultTags"


def test_functions_answer_as_they_do_offline(engine: Any) -> None:
    function = "aws:index/getCallerIdentity:getCallerIdentity"
    answer = engine.Invoke(provider_pb2.InvokeRequest(tok=function))
    assert decode_struct(getattr(answer, "return"))["accountId"] == "123456789012"


def test_an_unknown_function_is_refused(engine: Any) -> None:
    (failure,) = engine.Invoke(provider_pb2.InvokeRequest(tok="aws:ec2/getAmi:getAmi")).failures
    assert "aws:ec2/getAmi:getAmi" in failure.reason


def test_the_command_serves_on_the_port_it_prints_and_ends_with_its_parent() -> None:
    command = f"{sys.executable} -m infra.engine --endpoint http://127.0.0.1:1 & read -r _"
    shell = subprocess.Popen(
        ["bash", "-c", command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert shell.stdin is not None
    assert shell.stdout is not None
    with shell, shell.stdin, shell.stdout:
        port = json.loads(shell.stdout.readline())["port"]
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub = provider_pb2_grpc.ResourceProviderStub(channel)
            assert stub.GetPluginInfo(empty_pb2.Empty()).version
        shell.stdin.close()
        # Only the provider still holds the pipe: it ends when the provider does.
        assert shell.stdout.read() == ""
