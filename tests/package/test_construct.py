"""A component is the same, whoever asks for it."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest
from pulumi.provider.experimental.util import camel_case

from components.model_endpoint import ModelEndpoint
from components.serving_modes import Serverless
from infra.graph.model import ResourceGraph
from infra.package.construct import Components
from tests import pretend
from tests.package.plain import comparable, plain
from tests.unit.components.support import ARGS, LIVE, args, declare

every_component = pytest.mark.parametrize("component", ARGS, ids=lambda one: one.__name__)


def constructed(
    component: type[pulumi.ComponentResource], sent: dict[str, Any]
) -> tuple[ResourceGraph, dict[str, Any]]:
    """Return what was declared, and what the program is given."""
    given: dict[str, Any] = {}

    def program() -> None:
        token = f"mlops:index:{component.__name__}"
        made = Components("").construct("it", token, sent, None)
        assert None not in made.state.values()
        pulumi.Output.all(**made.state).apply(given.update)

    return pretend.stand(program), given


@every_component
def test_children_inputs_and_types_are_those_of_the_python_class(
    component: type[pulumi.ComponentResource],
) -> None:
    (made, given), meant = constructed(component, plain(args(component))), declare(component)
    assert made.resources.keys() == meant.resources.keys()
    for urn, one in made.resources.items():
        own = meant.resources[urn]
        assert (one.type, one.name, one.parent) == (own.type, own.name, own.parent)
        assert comparable(one.inputs) == comparable(own.inputs)
        assert (one.protect, one.dependencies) == (own.protect, own.dependencies)
    (outputs,) = (meant.component_outputs[urn] for urn in meant.resources if urn.endswith("::it"))
    registered = {camel_case(name): value for name, value in outputs.items()}
    assert given.keys() <= {camel_case(name) for name in vars(component)["__annotations__"]}
    assert given.keys() & registered.keys()
    assert all(registered.get(name, value) == value for name, value in given.items())


def test_a_whole_number_may_arrive_as_a_fraction_and_one_of_several_objects_under_its_name() -> (
    None
):
    sent = plain(args(ModelEndpoint, data_capture_percent=0)) | {
        "variants": [
            {
                "name": "live",
                "modelPackageArn": LIVE.model_package_arn,
                "initialInstanceCount": 2.0,
            }
        ],
        "mode": {"serverless": {"memoryMib": 1024.0}},
    }
    variant = type(LIVE)(name="live", model_package_arn=LIVE.model_package_arn, instance_type=None)
    meant = declare(
        ModelEndpoint, data_capture_percent=0, variants=[variant], mode=Serverless(memory_mib=1024)
    )
    made, _ = constructed(ModelEndpoint, sent)
    assert {urn: one.inputs for urn, one in made.resources.items()} == {
        urn: one.inputs for urn, one in meant.resources.items()
    }
