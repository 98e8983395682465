"""A stack that stands for a while beside its environment's own, and shares no name with it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from infra.apply.down import down
from infra.apply.up import up
from infra.deployment_actions import deployed_types
from infra.emulator.server import Emulator
from infra.graph.model import ResourceGraph
from infra.short_lived import write
from stacks.layers import load
from tests.stacks import support
from tests.stacks.test_standing import Declared

ROOT = Path(__file__).parents[2]
BASE, STACK = "flights-dev", "flights-dev-pr12"
DAY = date(2026, 11, 24)
ONCE = {
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
    "aws:iam/policy:Policy",
    "aws:sagemaker/domain:Domain",
    "aws:sagemaker/mlflowTrackingServer:MlflowTrackingServer",
    "aws:budgets/budget:Budget",
    "aws:cloudtrail/trail:Trail",
    "aws:sns/topicSubscription:TopicSubscription",
}
"""What an account has once, costs by the hour for nobody, or asks somebody by mail."""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("project")
    shutil.copytree(ROOT / "stacks", copy / "stacks")
    assert write(BASE, "pr12", DAY, copy)[0] == STACK
    return copy


@cache
def standing(stack: str, root: Path) -> ResourceGraph:
    return support.graph(stack, live=support.package_arn(stack), root=root, standing=True)


def named(graph: ResourceGraph) -> set[tuple[str, str, str]]:
    """Return what has a name of ours: AWS would take no second of it."""
    return {
        (one.type, key, value)
        for one in graph.resources.values()
        for key, value in one.inputs.items()
        if key != "path"  # below which many stand
        and isinstance(value, str)
        and re.fullmatch(r"(/?[A-Za-z]+/)*flights-dev[\w/-]*", value)
    }


def test_no_resource_has_a_name_that_one_of_its_environments_own_stack_has(root: Path) -> None:
    base, own = named(standing(BASE, root)), named(standing(STACK, root))
    assert ("aws:sagemaker/endpoint:Endpoint", "name", "flights-dev-flights") in base
    assert ("aws:sagemaker/endpoint:Endpoint", "name", "flights-dev-pr12-flights") in own
    assert not base & own


def test_what_an_account_has_once_is_its_environments_own(root: Path) -> None:
    assert {one.type for one in standing(STACK, root).resources.values()}.isdisjoint(ONCE)
    assert ONCE - {"aws:cloudtrail/trail:Trail"} <= {
        one.type for one in standing(BASE, root).resources.values()
    }


def test_each_resource_says_which_stack_it_is_of_and_when_that_goes(root: Path) -> None:
    tagged = [one.inputs["tags"] for one in standing(STACK, root).resources.values()
              if "tags" in one.inputs]  # fmt: skip
    assert tagged
    assert all(
        (tags["instance"], tags["expires"], tags["environment"]) == ("pr12", "2026-11-24", "dev")
        for tags in tagged
    )
    assert not any(
        {"instance", "expires"} & one.inputs.get("tags", {}).keys()
        for one in standing(BASE, root).resources.values()
    )


def test_its_roles_stand_within_the_boundary_that_its_deployer_may_give(root: Path) -> None:
    roles = standing(STACK, root).of_type("aws:iam/role:Role")
    assert {one.inputs["permissionsBoundary"] for one in roles} == {
        "arn:aws:iam::123456789012:policy/flights-dev-services"
    }


def test_its_deployer_knows_every_type_of_it(root: Path) -> None:
    types = {one.type for one in standing(STACK, root).resources.values() if one.custom}
    assert types <= set(deployed_types())


def test_nothing_of_it_is_protected_and_its_buckets_are_emptied(root: Path) -> None:
    graph = standing(STACK, root)
    assert not [one.name for one in graph.resources.values() if one.protect]
    assert all(one.inputs["forceDestroy"] for one in graph.of_type("aws:s3/bucket:Bucket"))


def test_its_deliveries_make_its_file_before_they_deploy_it(root: Path) -> None:
    (project,) = standing(STACK, root).of_type("aws:codebuild/project:Project")
    commands = project.inputs["source"]["buildspec"]
    made = commands.index(f"mlops stack new {BASE} --as pr12 --expires 2026-11-24")
    assert commands.index("make setup") < made < commands.index("pulumi up")


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with Emulator(home=tmp_path_factory.mktemp("emulator")) as emulator:
        yield emulator.endpoint_url


@pytest.mark.loop
def test_it_stands_comes_to_rest_and_goes_without_rest(endpoint: str, root: Path) -> None:
    own = Declared(load(STACK, root))
    first = up(own, endpoint)
    assert not first.failed
    second = up(own, endpoint)
    assert (second.changes, second.failed) == (0, ())
    gone = down(STACK, endpoint)
    assert not gone.failed
    assert len(gone.deleted) == len(first.created)
