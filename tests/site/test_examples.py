"""Every component is shown by two programs that stand, and by a page that includes them."""

from __future__ import annotations

import ast
import dataclasses
import re
from pathlib import Path

import pulumi
import pytest

from infra.site.examples import EXAMPLES, KINDS, class_of, declared, modules, run
from tests.test_conventions import COMPONENTS, args_of

ROOT = Path(__file__).parents[2]
MODULES = {one.__module__.rpartition(".")[2]: one for one in COMPONENTS}
every_component = pytest.mark.parametrize("module", MODULES)


def given(module: str, kind: str) -> set[str]:
    """Return the names of the arguments that the example sets."""
    wanted = f"{class_of(module)}Args"
    tree = ast.parse((EXAMPLES / module / f"{kind}.py").read_text(encoding="utf-8"))
    return {
        keyword.arg or "**"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) == wanted
        for keyword in node.keywords
    }


def optional(component: type[pulumi.ComponentResource]) -> set[str]:
    return {
        field.name
        for field in dataclasses.fields(args_of(component))
        if field.default is not dataclasses.MISSING
        or field.default_factory is not dataclasses.MISSING
    }


def test_every_component_has_examples_and_nothing_else_does() -> None:
    assert set(modules()) == set(MODULES)


@every_component
@pytest.mark.parametrize("kind", KINDS)
def test_an_example_declares_its_component_and_aws_refuses_nothing_of_it(
    module: str, kind: str
) -> None:
    example = run(EXAMPLES / module / f"{kind}.py")
    assert example.graph.of_type(f"mlops:index:{class_of(module)}")
    assert not example.faults
    assert example.graph.outputs
    assert sum(declared(example, class_of(module)).values()) > 0


def test_an_example_finds_its_files_where_pulumi_runs_it() -> None:
    # Pulumi runs a program in its own folder, by a name without one.
    programs = {path: path.read_text(encoding="utf-8") for path in EXAMPLES.rglob("*.py")}
    assert not [
        path for path, text in programs.items() if re.search(r"__file__\)(?!\.resolve\(\))", text)
    ]


def test_what_aws_would_refuse_is_found(tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text(
        "from pulumi_aws.sagemaker import ModelPackageGroup\n"
        "ModelPackageGroup('group', model_package_group_name='no spaces')\n"
    )
    assert run(tmp_path / "wrong.py").faults


@every_component
def test_the_minimal_example_sets_what_must_be_set_and_no_more(module: str) -> None:
    assert not given(module, "minimal") & optional(MODULES[module])


@every_component
def test_the_full_example_sets_more(module: str) -> None:
    open_to_choice = optional(MODULES[module])
    assert bool(given(module, "full") & open_to_choice) is bool(open_to_choice)


@every_component
def test_the_page_shows_the_very_files(module: str) -> None:
    page = (ROOT / "docs" / "components" / f"{module}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {class_of(module)}\n")
    shown = set(re.findall(r'^--8<-- "(.+)"$', page, re.MULTILINE))
    assert {f"docs/examples/{module}/{kind}.py" for kind in KINDS} <= shown
    assert f"build/docs/parts/{module}.md" in shown
    assert f"::: components.{module}.{class_of(module)}Args" in page
