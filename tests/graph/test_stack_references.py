"""What another stack exports: unknown in a preview, told where it stands, else refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from infra.graph.evaluate import evaluate
from infra.graph.model import UNKNOWN
from tests.pretend import Pretend


def program() -> None:
    other = pulumi.StackReference("upstream", "flights-dev")
    aws.sqs.Queue("queue", tags={"of": other.require_output("artifacts_bucket")})


def test_a_stack_that_does_not_stand_stops_the_program_before_anything_is_made() -> None:
    made: list[str] = []

    class Watching(Pretend):
        def register(self, resource: Any, inputs: Mapping[str, Any]) -> Any:
            made.append(resource.name)
            return super().register(resource, inputs)

    def missing(stack: str) -> Mapping[str, Any]:
        raise LookupError(f"stack {stack} must stand")

    with pytest.raises(LookupError, match="stack flights-dev must stand"):
        evaluate(program, project="p", stack="s", registrar=Watching(), references=missing)
    assert made == []


def test_a_preview_leaves_what_another_stack_exports_unknown() -> None:
    graph = evaluate(program, project="p", stack="s")
    assert graph["queue"].inputs["tags"] == {"of": UNKNOWN}


def test_what_the_other_stack_exports_reaches_the_resources() -> None:
    graph = evaluate(
        program,
        project="p",
        stack="s",
        registrar=Pretend(),
        references=lambda stack: {"artifacts_bucket": f"bucket of {stack}"},
    )
    assert graph["queue"].inputs["tags"] == {"of": "bucket of flights-dev"}
    assert list(graph.resources) == [graph["queue"].urn], "a reference is no resource of the stack"
