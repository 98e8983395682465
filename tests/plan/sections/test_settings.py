"""Real layers, changed as people change them."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.plan.render.settings import markdown
from infra.plan.settings import Settings, compare
from stacks import layers, names
from tests.plan.sections import support

ROOT = Path(__file__).parents[3]
TEAM = "stacks/teams/flights.yaml"
DEV = "stacks/environments/dev.yaml"


def resolved(root: Path) -> dict[str, Any]:
    found = {}
    for stack in names.stacks(root):
        one = layers.load(stack, root)
        found[stack] = {
            key: {"value": one.values[key], "origin": origin} for key, origin in one.origins.items()
        }
    return found


@pytest.fixture(scope="module")
def base() -> dict[str, Any]:
    return resolved(ROOT)


@pytest.fixture
def edited(
    base: dict[str, Any], tmp_path: Path
) -> Callable[[dict[str, tuple[str, str]]], Settings]:
    def edit(edits: dict[str, tuple[str, str]]) -> Settings:
        shutil.copytree(ROOT / "stacks", tmp_path / "stacks")
        for file, (old, new) in edits.items():
            text = (tmp_path / file).read_text()
            assert old in text
            (tmp_path / file).write_text(text.replace(old, new))
        return compare(base, resolved(tmp_path))

    return edit


Edit = Callable[[dict[str, tuple[str, str]]], Settings]


def test_one_line_of_a_team_s_layer_is_one_change_of_all_its_stacks(edited: Edit) -> None:
    section = edited({TEAM: ("min_new_labels: 5000", "min_new_labels: 9000")})
    [change] = section.changes
    assert (change.change, change.old, change.new) == ("changed", 5000, 9000)
    assert change.key == "use_cases.flights.retraining.min_new_labels"
    assert len(change.stacks) == 4
    assert change.now is not None
    assert change.now.startswith(f"{TEAM}:")
    assert markdown(section).startswith("**Settings**: 1 value, 4 stacks\n")


def test_lines_that_move_within_a_file_are_no_change(edited: Edit) -> None:
    assert not edited({TEAM: ("accounts:", "# a comment\n\naccounts:")})


def test_a_value_that_moves_to_another_layer_is_told_as_moved(edited: Edit) -> None:
    section = edited(
        {
            DEV: ("noncurrent_retention_days: 30\n", ""),
            "stacks/Pulumi.flights-dev.yaml": (
                "platform:\n",
                "platform:\n    noncurrent_retention_days: 30\n",
            ),
        }
    )
    [change] = [one for one in section.changes if "flights-dev" in one.stacks]
    assert (change.change, change.stacks, change.new) == ("moved", ("flights-dev",), 30)
    assert "stands in `stacks/Pulumi.flights-dev.yaml:5`, before in" in markdown(section)


def test_a_line_that_goes_leaves_the_default_and_says_so(edited: Edit) -> None:
    section = edited({DEV: ("capture_retention_days: 90\n", "")})
    [change] = section.changes
    assert (change.change, change.old, change.now) == ("changed", 90, "default")
    assert change.was is not None
    assert change.was.startswith(DEV)


def test_a_stack_that_comes_is_named_and_not_spelled_out(base: dict[str, Any]) -> None:
    head = {**base, "new-dev": base["flights-dev"]}
    assert compare(base, head) == Settings(stacks_added=("new-dev",))
    assert compare(head, base) == Settings(stacks_removed=("new-dev",))


def test_every_use_case_is_one_change_of_all_use_cases() -> None:
    def made(value: int) -> dict[str, Any]:
        one = {"value": value, "origin": "stacks/environments/dev.yaml:7"}
        return {"s-dev": {f"use_cases.{name}.x": one for name in ("a", "b", "c")}}

    [change] = compare(made(1), made(2)).changes
    assert change.keys == ("use_cases.a.x", "use_cases.b.x", "use_cases.c.x")
    assert "and 2 more use cases" in markdown(compare(made(1), made(2)))


def test_a_key_that_the_model_did_not_know_is_new() -> None:
    old = {"s": {"a": {"value": 1, "origin": "default"}}}
    new = {"s": {"b": {"value": None, "origin": "default"}}}
    assert {(one.change, one.key) for one in compare(old, new).changes} == {
        ("added", "b"),
        ("removed", "a"),
    }


def test_settings_beside_themselves_are_no_change(base: dict[str, Any]) -> None:
    assert not compare(base, copy.deepcopy(base))
    assert markdown(compare(base, base)) == ""


KEYS = ("value", "origin", "default", "a.yaml:3", "a.yaml:x", "use_cases.a.b", ":", "s", "k")
LAYER = st.dictionaries(
    support.words(*KEYS), st.dictionaries(support.words(*KEYS), support.json(*KEYS), max_size=3)
)


@settings(max_examples=30, deadline=None)
@given(base=st.one_of(LAYER, support.json(*KEYS)), head=st.one_of(LAYER, support.json(*KEYS)))
def test_any_json_gives_a_section_that_can_be_written(base: Any, head: Any) -> None:
    section = compare({"s": base, "gone`@x": {}}, {"s": head})
    json.dumps(asdict(section), ensure_ascii=False).encode()
    support.assert_harmless(markdown(section))
    assert not compare({"s": base}, {"s": copy.deepcopy(base)})
