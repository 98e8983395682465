from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from stacks.schema import schemas

STACKS = Path(__file__).parents[3] / "stacks"
STACK_FILES = sorted(STACKS.glob("Pulumi.*.yaml"))
LAYERS = sorted([*STACKS.glob("environments/*.yaml"), *STACKS.glob("teams/*.yaml")])


def test_the_committed_schemas_are_those_of_the_model() -> None:
    for path, text in schemas().items():
        assert path.read_text(encoding="utf-8") == text, "run: mlops config schema --write"


@pytest.mark.parametrize("path", STACK_FILES, ids=lambda path: path.stem)
def test_a_stack_file_names_the_schema_and_satisfies_it(path: Path) -> None:
    assert path.read_text().splitlines()[0] == "# yaml-language-server: $schema=schema.json"
    jsonschema.validate(yaml.safe_load(path.read_text()), schema("schema.json"))


@pytest.mark.parametrize("path", LAYERS, ids=lambda path: path.stem)
def test_a_layer_names_the_schema_and_satisfies_it(path: Path) -> None:
    first = path.read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=../layer.schema.json"
    jsonschema.validate(yaml.safe_load(path.read_text()), schema("layer.schema.json"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("layer.schema.json", {"ownr": "x"}),
        ("layer.schema.json", {"every_use_case": {"serving": {"instance_type": "ml.m5.huge"}}}),
        ("schema.json", {"config": {"aws:region": "us-east-1"}}),
        ("schema.json", {"confg": {}}),
    ],
)
def test_an_editor_marks_a_mistake(name: str, content: Any) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content, schema(name))


def test_every_setting_says_what_it_means() -> None:
    silent = [
        f"{model}.{key}"
        for model, definition in [
            ("StackConfig", schema("layer.schema.json")),
            *schema("layer.schema.json")["$defs"].items(),
        ]
        for key, setting in definition["properties"].items()
        # Pydantic leaves out what the description of the model that it refers to says already.
        if "$ref" not in setting and len(setting.get("description", "").split()) < 3
    ]
    assert not silent


def schema(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((STACKS / name).read_text(encoding="utf-8"))
    return loaded
