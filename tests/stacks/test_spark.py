"""A stack that asks for Spark plans to the same resources, compiled for a cluster."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from infra.graph.evaluate import evaluate
from infra.graph.model import ResourceGraph
from infra.live_versions import NoVersions
from infra.program import load
from stacks.errors import StackError
from tests.stacks import support

ROOT = Path(__file__).parents[2]


def asking(folder: Path, features: str) -> Path:
    """Return a copy of the stack files whose flights-dev asks for some features' settings."""
    shutil.copytree(ROOT / "stacks", folder / "stacks")
    own = folder / "stacks/Pulumi.flights-dev.yaml"
    asked = f"flights:\n        features: {features}\n"
    own.write_text(own.read_text().replace("flights:\n", asked))
    return folder


def test_a_stack_with_spark_plans_to_what_it_planned_without(
    tmp_path: Path, mocker: MockerFixture
) -> None:
    compiler = mocker.patch("infra.program.compile_use_case", return_value=support.compiled())
    root = asking(tmp_path, "{engine: spark, instance_type: ml.r5.2xlarge, instance_count: 4}")
    program = load("flights-dev", root=root, live_versions=NoVersions())
    graph = evaluate(
        program.declare, project="mlops-loop", stack=program.stack, config=program.pulumi_config
    )
    assert named(graph) == named(support.graph("flights-dev", live=None))
    (_, settings), _ = compiler.call_args
    assert (settings.features_engine, settings.features_instance_count) == ("spark", 4)
    assert settings.features_instance_type == "ml.r5.2xlarge"


def test_a_cluster_without_spark_is_told_with_file_and_key(tmp_path: Path) -> None:
    root = asking(tmp_path, "{instance_count: 4}")
    with pytest.raises(
        StackError, match=r"features\.instance_count must be 1 unless engine is spark"
    ):
        load("flights-dev", root=root, live_versions=NoVersions())


def named(graph: ResourceGraph) -> set[str]:
    """Return what is declared, but for the notes beside a definition, named by its content."""
    return {urn for urn in graph.resources if "-made-from-" not in urn}
