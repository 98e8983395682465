"""Evaluations in which everything that AWS would compute is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from infra.graph.evaluate import evaluate
from infra.graph.model import Resource, ResourceGraph


class Pretend:
    """Hands out what AWS would compute, so that policies are known to their last ARN."""

    def register(
        self, resource: Resource, inputs: Mapping[str, Any]
    ) -> tuple[str, Mapping[str, Any]]:
        arn = f"arn:aws:mock:us-east-1:123456789012:{resource.name}"
        computed = {
            "arn": arn,
            "name": resource.name,
            "url": f"https://queue/{resource.name}",
            "executionArn": arn,
            "invokeArn": arn,
            "invokeUrl": f"https://{resource.name}",
            "rootResourceId": "root",
            "prefixListId": f"pl-{resource.name}",
            "repositoryUrl": f"123456789012.dkr.ecr.us-east-1.amazonaws.com/{resource.name}",
        }
        if resource.type == "aws:s3/bucket:Bucket":
            computed |= {"bucket": resource.name, "arn": f"arn:aws:s3:::{resource.name}"}
        return f"{resource.name}-id", {**computed, **inputs}


def stand(program: Callable[[], object]) -> ResourceGraph:
    """Return the graph of a program all of whose resources stand."""
    return evaluate(program, project="test", stack="test", registrar=Pretend())


def plan(program: Callable[[], object]) -> ResourceGraph:
    """Return the graph of a program in preview: what AWS computes is unknown."""
    return evaluate(program, project="test", stack="test")
