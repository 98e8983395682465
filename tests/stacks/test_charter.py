"""What a use case is for is on everything it owns, and on its model cards."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from stacks.layers import load
from stacks.names import stacks
from tests.stacks import support
from tests.stacks.test_every_stack import UNTAGGED

ROOT = Path(__file__).parents[2]
OBJECTIVE = "Fewer people wait at a gate for a flight that leaves late."


def chartered(stack: str) -> bool:
    return any(one.charter is not None for one in load(stack).config.use_cases.values())


@pytest.mark.parametrize("stack", [one for one in stacks() if chartered(one)])
def test_all_that_a_use_case_owns_says_who_decides_and_what_is_foretold(stack: str) -> None:
    config = load(stack).config
    held = support.graph(stack, live=support.package_arn(stack)).resources.values()
    tagged = [
        one for one in held if one.custom and one.type not in UNTAGGED and "tags" in one.inputs
    ]
    for name, use_case in config.use_cases.items():
        if (charter := use_case.charter) is None:
            continue
        own = [one.inputs["tags"] for one in tagged if one.inputs["tags"].get("use_case") == name]
        assert len(own) > 20
        wanted = {
            "use_case_owner": charter.owner,
            "problem": charter.problem,
            "label": charter.label,
        }
        for tags in own:
            assert tags.items() >= wanted.items(), tags


def test_what_no_use_case_owns_says_nothing_of_one() -> None:
    for one in support.graph("flights-prod", live=None).resources.values():
        tags = one.inputs.get("tags") or {}
        if "use_case" not in tags:
            assert not {"use_case_owner", "problem", "label"} & set(tags), one.name


def test_the_recorder_writes_objective_and_owner_of_the_charter(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks", ignore=shutil.ignore_patterns("*.py"))
    layer = tmp_path / "stacks/teams/flights.yaml"
    said = yaml.safe_load(layer.read_text())
    said["use_cases"]["flights"]["charter"] |= {"objective": OBJECTIVE, "owner": "ops@example.com"}
    layer.write_text(yaml.safe_dump(said))
    graph = support.graph("flights-prod", live=None, root=tmp_path)
    (known,) = (
        one.inputs["environment"]["variables"]
        for one in graph.of_type("aws:lambda/function:Function")
        if "OBJECTIVE" in (one.inputs.get("environment") or {}).get("variables", {})
    )
    assert (known["OBJECTIVE"], known["OWNER"]) == (OBJECTIVE, "ops@example.com")
