"""What runs in a stack's network, and with which ids."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from infra.graph.model import ResourceGraph
from infra.program import build_settings
from stacks.layers import load
from tests.stacks import support

ROOT = Path(__file__).parents[2]
SUBNETS = ["subnet-0aaaaaaa", "subnet-0bbbbbbb"]
SECURITY_GROUPS = ["sg-0aaaaaaa"]


@pytest.fixture(scope="module")
def existing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project in which the stack joins a network that stands already."""
    root = tmp_path_factory.mktemp("existing")
    shutil.copytree(ROOT / "stacks", root / "stacks")
    own = root / "stacks/Pulumi.flights-dev.yaml"
    ids = f"subnet_ids: {json.dumps(SUBNETS)}, security_group_ids: {json.dumps(SECURITY_GROUPS)}"
    own.write_text(f"{own.read_text()}    network: {{vpc: null, {ids}}}\n")
    return root


@pytest.fixture(scope="module")
def joined(existing: Path) -> ResourceGraph:
    live = support.package_arn("flights-dev")
    return support.graph("flights-dev", live=live, root=existing, standing=True)


def test_every_pipeline_is_told_the_subnets_and_security_groups(joined: ResourceGraph) -> None:
    pipelines = joined.of_type("aws:sagemaker/pipeline:Pipeline")
    assert pipelines
    for pipeline in pipelines:
        told = pipeline.inputs["pipelineDefinition"]
        assert all(known in told for known in [*SUBNETS, *SECURITY_GROUPS]), pipeline.name


def test_every_function_and_model_joins_the_subnets(joined: ResourceGraph) -> None:
    functions = joined.of_type("aws:lambda/function:Function")
    assert functions
    for function in functions:
        assert function.inputs["vpcConfig"] == {
            "subnetIds": SUBNETS,
            "securityGroupIds": SECURITY_GROUPS,
        }
    assert joined["flights-serving-model"].inputs["vpcConfig"] == {
        "subnets": SUBNETS,
        "securityGroupIds": SECURITY_GROUPS,
    }


def test_the_number_of_subnets_is_known_when_pipelines_are_built(existing: Path) -> None:
    settings = build_settings(load("flights-dev", existing).config, "flights")
    assert (settings.subnet_count, settings.security_group_count) == (2, 1)


def test_a_stack_without_network_joins_none() -> None:
    live = support.package_arn("flights-sandbox")
    graph = support.graph("flights-sandbox", live=live, standing=True)
    for pipeline in graph.of_type("aws:sagemaker/pipeline:Pipeline"):
        assert "subnet" not in pipeline.inputs["pipelineDefinition"]
    assert "vpcConfig" not in graph["flights-serving-model"].inputs
