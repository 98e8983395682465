"""The package's process as the engine meets it: started from its folder, spoken to over gRPC.

It has nothing but what ``infra/package/requirements.txt`` holds, as with whoever adds the package.
"""

# ruff: noqa: ARG002 - the stand-in keeps to the protocol

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc  # type: ignore[import-untyped]  # grpcio ships no types
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import (
    engine_pb2_grpc,
    errors_pb2,
    provider_pb2,
    provider_pb2_grpc,
    resource_pb2_grpc,
    status_pb2,
)

from components.feature_store import FeatureStore
from infra.graph.assets import SIGNATURE
from infra.graph.invokes import offline
from infra.graph.monitor import RecordingMonitor
from infra.graph.wire import SECRET, decode_struct, encode_struct, is_secret
from infra.package import schema
from tests import pretend
from tests.package.plain import comparable, plain
from tests.unit.components.support import args, declare

PACKAGE = Path(__file__).parents[2] / "infra" / "package"
ALONE = Path(__file__).with_name("alone.py")
STORE = plain(args(FeatureStore))
ARN = "arn:aws:sagemaker:us-east-1:123456789012:feature-group/planes"
DEFINITIONS = "urn:pulumi:test::test::mlops:index:FeatureDefinitions::planes"


class Monitor(RecordingMonitor):
    """Names what it is told without Pulumi's settings, which are those of one thread."""

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        above = f"{parent.split('::')[2]}$" if parent else ""
        return f"urn:pulumi:test::test::{above}{type_}::{name}"


class Engine(resource_pb2_grpc.ResourceMonitorServicer, engine_pb2_grpc.EngineServicer):
    """The engine's side, as far as a component calls it."""

    def __init__(self) -> None:
        self.monitor = Monitor(None, {})

    def GetDeploymentInfo(self, request: Any, context: Any) -> Any:
        return self.monitor.GetDeploymentInfo(request)  # type: ignore[no-untyped-call]  # Pulumi's

    def RegisterResource(self, request: Any, context: Any) -> Any:
        return self.monitor.RegisterResource(request)

    def RegisterResourceOutputs(self, request: Any, context: Any) -> Any:
        return self.monitor.RegisterResourceOutputs(request)

    def Invoke(self, request: Any, context: Any) -> Any:
        return self.monitor.Invoke(request)

    def Log(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()


@pytest.fixture(scope="module")
def listening() -> Iterator[tuple[Engine, str]]:
    serving, engine = grpc.server(ThreadPoolExecutor(8)), Engine()
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(engine, serving)
    engine_pb2_grpc.add_EngineServicer_to_server(engine, serving)
    port = serving.add_insecure_port("127.0.0.1:0")
    serving.start()
    yield engine, f"127.0.0.1:{port}"
    serving.stop(grace=None).wait()


@pytest.fixture(scope="module")
def plugin(listening: tuple[Engine, str]) -> Iterator[Any]:
    command = [sys.executable, str(ALONE), str(PACKAGE), listening[1]]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        port = int(running.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield provider_pb2_grpc.ResourceProviderStub(channel)
        running.terminate()


@pytest.fixture
def engine(listening: tuple[Engine, str]) -> tuple[Engine, str]:
    listening[0].monitor = Monitor(pretend.Pretend(), offline())
    return listening


def construct(plugin: Any, address: str, name: str, inputs: Any) -> Any:
    request = provider_pb2.ConstructRequest(
        project="test",
        stack="test",
        monitorEndpoint=address,
        type="mlops:index:FeatureStore",
        name=name,
        inputs=inputs,
    )
    return plugin.Construct(request, timeout=60)


def secret(value: str) -> dict[str, str]:
    return {SIGNATURE: SECRET, "value": value}


def test_it_speaks_of_secrets_and_gives_the_golden_schema(plugin: Any) -> None:
    spoken = plugin.Handshake(provider_pb2.ProviderHandshakeRequest())
    assert (spoken.accept_secrets, spoken.accept_resources, spoken.accept_outputs) == (True,) * 3
    told = plugin.GetSchema(provider_pb2.GetSchemaRequest())
    assert json.loads(told.schema) == json.loads(schema.GOLDEN.read_text())


def test_components_asked_for_at_once_are_each_what_the_python_class_declares(
    plugin: Any, engine: tuple[Engine, str]
) -> None:
    names = ["it", "other", "third"]
    with ThreadPoolExecutor(len(names)) as callers:
        calls = [
            callers.submit(construct, plugin, engine[1], name, encode_struct(STORE))
            for name in names
        ]
        answers = {name: call.result() for name, call in zip(names, calls, strict=True)}
    meant, made = declare(FeatureStore).resources, engine[0].monitor.recorded
    assert len(made) == 3 * len(meant)
    for urn, one in meant.items():
        declared = made[urn]
        assert comparable(declared.inputs) == comparable(one.inputs)
        assert (declared.parent, declared.protect) == (one.parent, one.protect)
    assert answers["it"].urn == "urn:pulumi:test::test::mlops:index:FeatureStore::it"
    assert decode_struct(answers["it"].state)["groupNames"] == {"weather": "test-weather"}


def test_a_secret_input_stays_secret_in_what_is_declared(
    plugin: Any, engine: tuple[Engine, str]
) -> None:
    inputs = encode_struct({**STORE, "bucket": secret("planted")})
    construct(plugin, engine[1], "it", inputs)
    held = {one.name: one for one in engine[0].monitor.recorded.values()}
    assert "policy" in held["it-policy"].secrets
    assert "planted" not in repr([one.inputs for one in held.values()])


def test_impossible_inputs_are_told_as_properties_and_no_traceback(
    plugin: Any, engine: tuple[Engine, str]
) -> None:
    with pytest.raises(grpc.RpcError) as told:
        construct(plugin, engine[1], "it", encode_struct({**STORE, "prefix": 5, "bucket": None}))
    assert told.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    ((_, details),) = told.value.trailing_metadata()
    properties = errors_pb2.InputPropertiesError()
    (packed,) = status_pb2.Status.FromString(details).details
    assert packed.Unpack(properties)
    assert {(one.property_path, one.reason) for one in properties.errors} == {
        ("bucket", "bucket must be given, got nothing"),
        ("prefix", "prefix must be text, got 5"),
    }
    assert engine[0].monitor.recorded == {}


def test_a_custom_type_is_answered_by_the_same_process_and_its_secrets_stay(plugin: Any) -> None:
    inputs = {
        "featureGroupName": "planes",
        "featureGroupArn": secret(ARN),
        "recordIdentifierFeatureName": "tailnum",
        "eventTimeFeatureName": "at",
        "featureDefinitions": [{"featureName": "tailnum", "featureType": "String"}],
    }
    sent = encode_struct(inputs)
    checked = plugin.Check(provider_pb2.CheckRequest(urn=DEFINITIONS, news=sent))
    assert not checked.failures
    assert decode_struct(checked.inputs) == {**inputs, "featureGroupArn": ARN}
    assert [key for key, value in checked.inputs.fields.items() if is_secret(value)] == [
        "featureGroupArn"
    ]
    previewed = plugin.Create(
        provider_pb2.CreateRequest(urn=DEFINITIONS, properties=sent, preview=True)
    )
    assert is_secret(previewed.properties.fields["featureGroupArn"])
    updated = plugin.Update(
        provider_pb2.UpdateRequest(id="it", urn=DEFINITIONS, olds=sent, news=sent, preview=True)
    )
    assert is_secret(updated.properties.fields["featureGroupArn"])
