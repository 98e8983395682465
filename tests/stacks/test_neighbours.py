"""What a stack reads of the one before it."""

from __future__ import annotations

import pulumi
import pytest

from infra._neighbours import NotExportedError, upstream
from infra.graph.evaluate import evaluate
from infra.graph.model import ResourceGraph
from stacks.layers import load

EXPORTS = {"artifacts_bucket": "flights-dev-artifacts", "artifacts_key_arn": "arn:aws:kms:::key/1"}


def reading(exports: dict[str, str]) -> ResourceGraph:
    def program() -> None:
        before = upstream(load("flights-staging").config)
        assert before is not None
        pulumi.export("bucket", before.artifacts_bucket)

    return evaluate(program, project="p", stack="s", preview=True, references=lambda _: exports)


def test_an_export_of_the_stack_before_is_read() -> None:
    assert reading(EXPORTS).outputs["bucket"] == "flights-dev-artifacts"


def test_a_stack_before_that_was_never_deployed_is_told_with_what_it_lacks() -> None:
    with pytest.raises(
        NotExportedError,
        match=r"flights-dev must export artifacts_(bucket|key_arn), got none: deploy it first",
    ):
        reading({})
