"""The policy pack in its own environment, spoken to as Pulumi's engine does."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc  # type: ignore[import-untyped]  # grpcio ships no types
import pytest
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from infra.policy.findings import standing
from infra.policy.model import Resource, Unknown
from tests.policy.cases import STACK

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-policy/bin/python"
NOT_KNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What the engine sends for a string that is not known yet."""
LEVELS: Mapping[str, Any] = {"advisory": 0, "mandatory": 1, "disabled": 2}
needs_pack = pytest.mark.skipif(
    not PYTHON.exists(), reason="pulumi-policy is not installed: make policy-pack"
)


class Pack:
    """A running pack."""

    def __init__(self, stub: Any) -> None:
        self._stub = stub

    def configure(self, config: Mapping[str, Any]) -> None:
        """Tell the pack what ``pulumi --policy-pack-config`` would."""
        told = {
            rule: analyzer_pb2.PolicyConfig(
                enforcementLevel=LEVELS[values["enforcementLevel"]],
                properties=_struct({k: v for k, v in values.items() if k != "enforcementLevel"}),
            )
            for rule, values in config.items()
        }
        self._stub.Configure(analyzer_pb2.ConfigureAnalyzerRequest(policyConfig=told))

    def rules(self) -> set[str]:
        """Return the names of the pack's policies."""
        return {one.name for one in self._stub.GetAnalyzerInfo(empty_pb2.Empty()).policies}

    def answers(self, resources: Iterable[Resource]) -> set[tuple[str, str, str, str]]:
        """Return rule, URN, message and level of everything the pack reports."""
        given = list(resources)
        told = [
            one
            for resource in given
            for one in self._stub.Analyze(
                analyzer_pb2.AnalyzeRequest(
                    type=resource.type,
                    urn=resource.urn,
                    name=resource.name,
                    properties=_struct(resource.props),
                    options=_options(resource),
                )
            ).diagnostics
        ]
        stack = replace(standing(STACK), name=f"mlops-loop-{STACK}")
        request = analyzer_pb2.AnalyzeStackRequest(
            resources=[_sent(one) for one in [stack, *given]]
        )
        told += self._stub.AnalyzeStack(request).diagnostics
        names = {number: name for name, number in LEVELS.items()}
        return {
            (
                one.policyName,
                one.urn,
                one.message.partition("\n")[2],
                names[one.enforcementLevel],
            )
            for one in told
        }


@contextmanager
def running() -> Iterator[Pack]:
    """Run the pack in a process of its environment."""
    command = [str(PYTHON), "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(ROOT / "infra/policy")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={"PATH": os.environ["PATH"]}
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield Pack(analyzer_pb2_grpc.AnalyzerStub(channel))
        process.terminate()


def _sent(one: Resource) -> Any:
    return analyzer_pb2.AnalyzerResource(
        type=one.type,
        urn=one.urn,
        name=one.name,
        properties=_struct(one.props),
        options=_options(one),
        propertyDependencies={
            key: analyzer_pb2.AnalyzerPropertyDependencies(urns=urns)
            for key, urns in one.refers.items()
        },
    )


def _options(one: Resource) -> Any:
    return analyzer_pb2.AnalyzerResourceOptions(
        protect=one.protect,
        deleteBeforeReplace=one.delete_before_replace,
        deleteBeforeReplaceDefined=True,
    )


def _struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    return json_format.ParseDict(_wire(values), struct_pb2.Struct())


def _wire(value: Any) -> Any:
    if isinstance(value, Unknown):
        return NOT_KNOWN
    if isinstance(value, Mapping):
        return {key: _wire(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_wire(inner) for inner in value]
    return value
