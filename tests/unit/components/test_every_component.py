"""What holds for each component, whatever it is made of."""

from __future__ import annotations

from pathlib import Path

import pulumi
import pytest

from components.artifact_store import ArtifactStore
from components.dashboard import Dashboard
from infra.graph.model import UNKNOWN
from tests import inventory, pretend
from tests.unit.components.support import ARGS, TAGS, declare

INVENTORIES = Path(__file__).parent / "inventories"
every_component = pytest.mark.parametrize("component", ARGS, ids=lambda one: one.__name__)


@every_component
def test_its_type_is_its_class(component: type[pulumi.ComponentResource]) -> None:
    assert declare(component)["it"].type == f"mlops:index:{component.__name__}"


@every_component
def test_every_child_has_it_above(component: type[pulumi.ComponentResource]) -> None:
    graph = declare(component)
    for one in graph.resources.values():
        above = one
        while above.parent is not None:
            above = graph.resources[above.parent]
        assert above.name == "it"


@every_component
def test_it_consists_of_what_its_inventory_says(
    component: type[pulumi.ComponentResource],
) -> None:
    module = component.__module__.rpartition(".")[2]
    inventory.check(declare(component), INVENTORIES / f"{module}.yaml")


@every_component
def test_it_previews_before_anything_stands(component: type[pulumi.ComponentResource]) -> None:
    preview = declare(component, run=pretend.plan)
    assert preview.resources.keys() == declare(component).resources.keys()


@every_component
def test_it_is_declared_the_same_twice(component: type[pulumi.ComponentResource]) -> None:
    once, again = declare(component), declare(component)
    for urn, one in once.resources.items():
        plain = {k: v for k, v in one.inputs.items() if k not in {"code", "source"}}
        assert plain.items() <= dict(again.resources[urn].inputs).items()


@every_component
def test_an_alias_of_it_does_not_leak_to_its_children(
    component: type[pulumi.ComponentResource],
) -> None:
    graph = declare(component, opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name="old")]))
    assert graph["it"].aliases
    assert not [one.name for one in graph.children("it") if "old" in one.aliases]


@every_component
def test_it_refuses_to_stand_without_an_owner(component: type[pulumi.ComponentResource]) -> None:
    if "tags" not in ARGS[component][1]:
        assert component is Dashboard, "CloudWatch gives dashboards no tags, and others some"
        return
    tags = {key: value for key, value in TAGS.items() if key != "owner"}
    with pytest.raises(ValueError, match=r"tags must hold \['owner'\], got"):
        declare(component, tags=tags)


def test_a_policy_is_unknown_while_what_it_names_is() -> None:
    preview = declare(ArtifactStore, run=pretend.plan)
    assert preview["it-raw-policy"].inputs["policy"] is UNKNOWN
