"""What LocalStack has of a stack, declared by the same program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.apply.deployment import Deployment
from infra.apply.state import MemoryStore, StackState
from infra.apply.summary import Summary, ignore
from infra.apply.up import summary
from infra.graph.evaluate import evaluate
from infra.graph.model import Resource
from infra.graph.monitor import Registrar
from infra.platform import deploy
from infra.resources.clients import EndpointClients
from stacks.layers import load
from tests.pretend import Pretend
from tests.stacks import support

SUPPORTED = ("aws:cloudwatch/", "aws:iam/", "aws:kms/", "aws:s3/", "aws:sns/", "aws:sqs/")
"""Types by the service that LocalStack's core has: buckets, keys, roles, events, alarms, …"""
PLACE = "arn:aws:{}:us-east-1:123456789012"
KINDS = {"codebuild": "project/", "lambda": "function:", "sagemaker": "pipeline/"}
"""How an ARN names what LocalStack lacks, for rules and policies that name it as a target."""
LACKED = {"codebuild"}
"""Targets of rules that its EventBridge refuses outright."""


def service_of(arn: object) -> str:
    return arn.split(":")[2] if isinstance(arn, str) and arn.startswith("arn:") else ""


class Partly:
    """Makes real what LocalStack has, and hands out made-up outputs for the rest."""

    def __init__(self, real: Registrar) -> None:
        self._real = real
        self._pretend = Pretend()

    def register(
        self, resource: Resource, inputs: Mapping[str, Any]
    ) -> tuple[str, Mapping[str, Any]]:
        if resource.type.startswith(SUPPORTED) and not LACKED & {service_of(inputs.get("arn"))}:
            return self._real.register(resource, inputs)
        identifier, outputs = self._pretend.register(resource, inputs)
        service = resource.type.split(":")[1].partition("/")[0]
        kind = KINDS.get(service, "")
        return identifier, {**outputs, "arn": f"{PLACE.format(service)}:{kind}{resource.name}"}


def up(stack: str, endpoint: str, store: MemoryStore) -> Summary:
    resolved = load(stack)
    state = store.load(stack) or StackState(project="mlops-loop", stack=stack, region="us-east-1")
    aws = EndpointClients(endpoint, region="us-east-1")
    try:
        deployment = Deployment(aws, state, store, ignore)
        graph = evaluate(
            lambda: deploy(
                resolved.config,
                support.every(resolved.config),
                support.live_of(resolved.config, None),
            ),
            project="mlops-loop",
            stack=stack,
            config=resolved.pulumi_config,
            registrar=Partly(deployment),
            references=support.exports,
        )
        return summary(deployment, graph.outputs)
    finally:
        aws.close()
