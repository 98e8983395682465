"""What other languages see is what the components are."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pytest

from infra.package import generate, schema
from infra.package.members import VERSION, component, members
from infra.package.shapes import args_of, fields_of, shape_of
from tests.unit.components.support import ARGS

ROOT = Path(__file__).parents[2]
SCHEMA: dict[str, Any] = json.loads(schema.GOLDEN.read_text())


def test_the_typed_dicts_are_what_the_dataclasses_say() -> None:
    assert not generate.stale(), f"{generate.COMMAND} rewrites them"


def test_the_schema_is_the_golden_file() -> None:
    assert schema.text() == schema.GOLDEN.read_text(), f"{schema.COMMAND} rewrites it"


def test_the_package_holds_every_component_and_leaves_out_no_input() -> None:
    assert set(members().values()) == set(ARGS)
    for name, member in members().items():
        declared = SCHEMA["resources"][f"mlops:index:{name}"]
        assert len(declared["inputProperties"]) == len(fields_of(args_of(member)))
        assert component(f"mlops:index:{name}") is member


@dataclass(frozen=True, kw_only=True, slots=True)
class Callback:
    """Takes what only Python has."""

    on_change: type[Exception]


def test_an_input_without_a_plain_form_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match="CallbackOnChange must have a form in plain values"):
        fields_of(Callback)
    with pytest.raises(TypeError, match=r"some must have a form in plain values, got one of \("):
        shape_of(str | Exception, "some")


@pytest.mark.parametrize(
    "token",
    [
        "mlops:index:Nothing",
        "aws:index:FeatureStore",
        "mlops:index:Alerting",
        "mlops:index:FeatureStore.Nothing",
        "mlops:index:Os.path",
        "mlops",
        "",
    ],
)
def test_a_type_that_is_no_component_is_refused(token: str) -> None:
    with pytest.raises(LookupError, match="type must be a component of mlops"):
        component(token)


def test_every_description_is_text_that_markdown_shows_as_text() -> None:
    for text in descriptions(SCHEMA):
        assert "``" not in text
        assert "Raises:" not in text
        assert not re.search(r"^ {4}", text, re.MULTILINE)


def test_what_is_left_out_says_what_it_is_then() -> None:
    store = SCHEMA["resources"]["mlops:index:FeatureStore"]["inputProperties"]
    assert "By default `true`." in store["deletionProtection"]["description"]


def test_words_are_enumerations_and_one_of_several_objects_has_a_key_for_each() -> None:
    types = SCHEMA["types"]
    words = types["mlops:index:FeatureStoreOfflineTable"]["enum"]
    assert [one["value"] for one in words] == ["none", "glue", "iceberg"]
    mode = types["mlops:index:ModelEndpointMode"]
    assert set(mode["properties"]) == {"asynchronous", "serverless"}
    assert "required" not in mode


def test_the_package_has_the_version_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == VERSION == SCHEMA["version"]


def test_the_packages_own_environment_is_a_part_of_the_locked_one() -> None:
    own = pins(ROOT / "infra" / "package" / "requirements.txt")
    assert own.items() <= pins(ROOT / "requirements.lock").items()


def pins(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==([^\s;]+)", lock.read_text(), re.MULTILINE))


def descriptions(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "description" and isinstance(value, str):
                yield value
            yield from descriptions(value)
    elif isinstance(part, list):
        for one in part:
            yield from descriptions(one)


def test_no_output_is_left_out() -> None:
    for name, member in members().items():
        given = SCHEMA["resources"][f"mlops:index:{name}"]["properties"]
        assert len(given) == len(vars(member)["__annotations__"])
        assert issubclass(member, pulumi.ComponentResource)


@pytest.mark.parametrize("program", ["yaml/Pulumi.yaml", "typescript/index.ts"])
def test_the_programs_of_the_page_are_those_that_the_engine_runs(program: str) -> None:
    page = (ROOT / "docs" / "package.md").read_text()
    assert f"\n{(ROOT / 'tests' / 'engine' / 'package' / program).read_text()}```" in page
