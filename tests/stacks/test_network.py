"""What runs in a stack's network, and with which ids."""

from __future__ import annotations

import ast
import json
import shutil
from pathlib import Path

import pytest

from infra._network import SERVICES, STREAM_SERVICES
from infra.graph.model import ResourceGraph
from infra.program import build_settings
from stacks.errors import StackError
from stacks.layers import load
from stacks.names import stacks
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
    own.write_text(
        f"{own.read_text()}    network: {{vpc: null, {ids}}}\n    people: {{members: {{}}}}\n"
    )
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


def called() -> set[str]:
    """Return boto3's names of the services that code of the pipelines calls."""
    found = set()
    for path in (ROOT / "pipelines").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            first = node.args[0]
            if name.lstrip("_") == "client" and isinstance(first, ast.Constant):
                found.add(str(first.value))
    return found


def test_the_network_has_a_way_to_every_service_that_code_calls() -> None:
    services = called()
    assert {"sagemaker", "s3", "dynamodb"} <= services, "the search finds nothing"
    missing = services - SERVICES.keys() - STREAM_SERVICES.keys() - {"s3", "dynamodb"}
    assert not missing, f"name their endpoints in infra/_network.py SERVICES: {missing}"


@pytest.mark.parametrize("stack", [one for one in stacks() if not one.endswith("-sandbox")])
def test_every_pipeline_and_function_joins_the_network_that_the_stack_makes(stack: str) -> None:
    graph = support.graph(stack, live=support.package_arn(stack), standing=True)
    subnets = [f"{one.name}-id" for one in graph.of_type("aws:ec2/subnet:Subnet")]
    assert len(subnets) == load(stack).config.network.subnet_count
    for pipeline in graph.of_type("aws:sagemaker/pipeline:Pipeline"):
        told = pipeline.inputs["pipelineDefinition"]
        assert all(known in told for known in [*subnets, "network-workloads-id"]), pipeline.name
    for function in graph.of_type("aws:lambda/function:Function"):
        assert function.inputs["vpcConfig"]["subnetIds"] == subnets, function.name


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            "network: {subnet_ids: [subnet-0aaaaaaa], security_group_ids: [sg-0aaaaaaa]}",
            r"network\.subnet_ids must be null where the stack makes a network \(vpc\), got .*"
            r"vpc is set in stacks/environments/dev\.yaml",
        ),
        (
            "network: {vpc: {cidr: 10.0.0.0/8}}",
            r"network\.vpc\.cidr must be a private IPv4 network of size /16 to /24.*10\.0\.0\.0/8",
        ),
        (
            "network: {vpc: {zones: [eu-west-1a, eu-west-1b]}}",
            r"network\.vpc\.zones must be zones of us-east-1, got 'eu-west-1a'",
        ),
        (
            "network: {vpc: {zones: [us-east-1a, us-east-1a]}}",
            r"network\.vpc\.zones must differ from one another",
        ),
        (
            "network: {vpc: null, subnet_ids: [subnet-0aaaaaaa]}",
            r"network\.security_group_ids must be set where the other of the two is",
        ),
    ],
)
def test_a_network_that_cannot_stand_is_refused_with_file_key_rule_and_value(
    tmp_path: Path, lines: str, message: str
) -> None:
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks")
    own = tmp_path / "stacks/Pulumi.flights-dev.yaml"
    own.write_text(f"{own.read_text()}    {lines}\n")
    with pytest.raises(StackError, match=message):
        load("flights-dev", tmp_path)


def test_a_stack_without_network_joins_none() -> None:
    live = support.package_arn("flights-sandbox")
    graph = support.graph("flights-sandbox", live=live, standing=True)
    for pipeline in graph.of_type("aws:sagemaker/pipeline:Pipeline"):
        assert "subnet" not in pipeline.inputs["pipelineDefinition"]
    assert "vpcConfig" not in graph["flights-serving-model"].inputs
