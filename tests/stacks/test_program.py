from __future__ import annotations

import runpy
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from components.variants import Candidate
from infra.feature_schemas import NothingStands, Schema, SchemaChangeError
from infra.graph.evaluate import evaluate
from infra.graph.model import ResourceGraph
from infra.live_versions import NoVersions, ServedVersions
from infra.program import build_settings, check_images, load
from stacks.errors import StackError
from stacks.layers import load as load_layers
from tests.stacks import support

ROOT = Path(__file__).parents[2]


class Registry:
    """A registry whose group has versions 1 to 3, all approved."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int | None]] = []

    def newest_approved(self, group: str) -> str | None:
        self.asked.append((group, None))
        return f"arn:{group}/3"

    def pinned(self, group: str, version: int) -> str:
        self.asked.append((group, version))
        return f"arn:{group}/{version}"

    def previous_approved(self, group: str) -> str | None:
        return f"arn:{group}/2"

    def candidate(self, group: str, version: int | None, *, after: str) -> Candidate | None:
        raise AssertionError((group, version, after))

    def made_from(self, arn: str) -> dict[str, str]:
        return {"commit": f"of {arn}"}

    def model_data_url(self, arn: str) -> str:
        raise AssertionError(arn)


@pytest.fixture(autouse=True)
def no_sdk(mocker: MockerFixture) -> None:
    """The SageMaker SDK costs seconds; its output is another test's."""
    mocker.patch("infra.program.compile_use_case", return_value=support.compiled())


def test_the_newest_approved_version_is_asked_for_by_stack_and_use_case() -> None:
    registry = Registry()
    program = load("flights-dev", live_versions=registry)
    assert program.live == {
        "flights": ServedVersions(
            variants={"live": "arn:flights-dev-flights/3"},
            made_from={"commit": "of arn:flights-dev-flights/3"},
        )
    }
    assert registry.asked == [("flights-dev-flights", None)]


def test_what_serves_is_marked_with_its_own_commit_not_with_the_programs() -> None:
    program = load("flights-dev", live_versions=Registry())
    served = program.live["flights"]
    assert served is not None
    assert served.made_from == {"commit": "of arn:flights-dev-flights/3"}
    assert program.made_from.keys() == {"commit", "branch", "author"}


def test_a_version_that_the_stack_file_pins_is_not_overruled(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks")
    own = tmp_path / "stacks/Pulumi.flights-dev.yaml"
    pin = "flights:\n        serving: {model_version: 2}\n"
    own.write_text(own.read_text().replace("flights:\n", pin))
    program = load("flights-dev", root=tmp_path, live_versions=Registry())
    assert program.live == {
        "flights": ServedVersions(
            variants={"live": "arn:flights-dev-flights/2"},
            made_from={"commit": "of arn:flights-dev-flights/2"},
        )
    }


def test_an_unknown_stack_asks_no_registry() -> None:
    registry = Registry()
    with pytest.raises(StackError):
        load("flights-nowhere", live_versions=registry)
    assert not registry.asked


def test_a_program_declares_what_its_stack_file_says() -> None:
    program = load("flights-prod", live_versions=NoVersions())
    graph = evaluate(
        program.declare, project="mlops-loop", stack=program.stack, config=program.pulumi_config
    )
    assert named(graph) == named(support.graph("flights-prod", live=None))


class Standing:
    """The account holds one group, ``weather`` of ``flights-dev``."""

    def __init__(self, **features: str) -> None:
        self.features = {"id": "String", "event_time": "String", **features}

    def of(self, group: str) -> Schema | None:
        if group != "flights-dev-flights-weather":
            return None
        return Schema(
            group=group, record_identifier="id", event_time="event_time", features=self.features
        )


@pytest.mark.parametrize(
    ("features", "rule"),
    [
        ({"gusts": "Fractional"}, "feature gusts must stay, got none of that name"),
        ({"value": "Integral"}, "feature value must stay Integral, got Fractional"),
    ],
)
def test_a_schema_that_its_standing_group_cannot_take_on_declares_nothing(
    features: dict[str, str], rule: str
) -> None:
    with pytest.raises(SchemaChangeError, match=f"flights-dev-flights-weather: {rule}"):
        load("flights-dev", live_versions=NoVersions(), schemas=Standing(**features))


def test_a_schema_that_has_grown_is_taken() -> None:
    load("flights-dev", live_versions=NoVersions(), schemas=Standing())


def test_pipelines_are_built_from_the_settings_of_their_stack() -> None:
    settings = build_settings(load_layers("flights-prod").config, "flights")
    assert settings.name_prefix == "flights-prod-flights"
    assert settings.approval == "manual"
    assert settings.minimum_gain == 0.002
    assert (settings.tuning_max_jobs, settings.tuning_max_parallel_jobs) == (24, 6)
    assert settings.training_instance_type == "ml.m5.4xlarge"


def test_the_entry_point_runs_as_pulumi_runs_it(mocker: MockerFixture) -> None:
    mocker.patch("sys.path", [*sys.path])
    mocker.patch("pulumi.get_stack", return_value="flights-dev")
    declare = mocker.patch("infra.program.Program.declare")
    mocker.patch("infra.program.RegistryVersions", return_value=NoVersions())
    mocker.patch("infra.program.AccountSchemas", return_value=NothingStands())
    runpy.run_path(str(ROOT / "infra"), run_name="__main__")
    declare.assert_called_once_with()
    assert str(ROOT / "infra") not in sys.path, "platform.py would hide the standard library's"


def test_an_image_of_the_stacks_own_needs_a_repository_there() -> None:
    config = load_layers("vision-sandbox").config
    uri = "${account_id}.dkr.ecr.us-east-1.amazonaws.com/vision-sandbox/serving:abc"
    compiled = {"digits": replace(support.compiled(use_case="digits"), serving_image_uri=uri)}
    check_images(config, compiled)
    without = config.model_copy(update={"images": ()})
    with pytest.raises(StackError, match=r"images must name serving, whose image serves digits"):
        check_images(without, compiled)


def named(graph: ResourceGraph) -> set[str]:
    """Return what is declared, but for the notes beside a definition, named by its content."""
    return {urn for urn in graph.resources if "-made-from-" not in urn}
