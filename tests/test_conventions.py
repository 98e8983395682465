"""House rules that a reviewer should never have to repeat."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import pkgutil
import re
import textwrap
from pathlib import Path
from typing import Any

import pulumi
import pytest

import components
from tests.unit.components.support import ARGS

ROOT = Path(__file__).parents[1]
UNIT = re.compile(
    r"_(seconds|milliseconds|minutes|hours|days|bytes|kib|mib|gib|usd|percent|count)$"
)
SECOND_SPELLING = re.compile(r"_(in_[a-z]+|secs?|mins?|ms|mb|gb|pct)$")
"""What would stand beside the one spelling of a unit."""


def component_classes() -> list[type[pulumi.ComponentResource]]:
    modules = [
        importlib.import_module(f"components.{module.name}")
        for module in pkgutil.walk_packages(components.__path__)
    ]
    return [
        member
        for module in modules
        for _, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, pulumi.ComponentResource) and member.__module__ == module.__name__
    ]


COMPONENTS = component_classes()
every_component = pytest.mark.parametrize("component", COMPONENTS, ids=lambda c: c.__name__)


def args_of(component: type[pulumi.ComponentResource]) -> Any:
    return inspect.get_annotations(component.__init__, eval_str=True)["args"]


def test_every_component_is_declared_in_the_tests_of_all() -> None:
    assert set(COMPONENTS) == set(ARGS)


@every_component
def test_signature_is_name_args_opts(component: type[pulumi.ComponentResource]) -> None:
    assert list(inspect.signature(component).parameters) == ["name", "args", "opts"]


@every_component
def test_a_component_has_a_module_of_its_own_name(
    component: type[pulumi.ComponentResource],
) -> None:
    words = re.sub(r"(?<!^)(?=[A-Z])", "_", component.__name__).lower()
    assert component.__module__ == f"components.{words}"


@every_component
def test_args_are_frozen_slotted_and_by_keyword(
    component: type[pulumi.ComponentResource],
) -> None:
    args = args_of(component)
    assert args.__name__ == f"{component.__name__}Args"
    assert args.__dataclass_params__.frozen
    assert "__slots__" in vars(args)
    assert all(field.kw_only for field in dataclasses.fields(args))


@every_component
def test_args_and_outputs_are_explained(component: type[pulumi.ComponentResource]) -> None:
    args = args_of(component)
    held = [one for one in args.__mro__ if "__dataclass_fields__" in vars(one)]
    explained = {name for one in held for name in documented(one)}
    silent = [
        field.name
        for field in dataclasses.fields(args)
        if field.name not in explained and not UNIT.search(field.name)
    ]
    assert not silent, f"{args.__name__}: say what these mean, or put the unit in the name"
    assert component.__doc__


@every_component
def test_a_unit_has_one_spelling(component: type[pulumi.ComponentResource]) -> None:
    named = [f.name for f in dataclasses.fields(args_of(component))]
    assert not [name for name in named if SECOND_SPELLING.search(name)]


@every_component
def test_a_component_says_what_it_raises(component: type[pulumi.ComponentResource]) -> None:
    checks = hasattr(args_of(component), "__post_init__")
    assert "Raises:" in (component.__doc__ or "")
    assert ("Raises:" in (args_of(component).__doc__ or "")) is checks


@pytest.mark.parametrize(
    "path", sorted((ROOT / "components").glob("*.py")), ids=lambda path: path.stem
)
def test_a_wildcard_resource_says_why_nothing_narrower_exists(path: Path) -> None:
    lines = path.read_text().splitlines()
    silent = [
        f"{path.name}:{number}"
        for number, line in enumerate(lines, 1)
        if re.search(r"""on=(f?["']\*["'])""", line)
        and "#" not in line
        and "#" not in lines[number - 2]
        and "#" not in lines[number - 3]
    ]
    assert not silent


@pytest.mark.parametrize(
    "path",
    sorted(path for folder in ("components", "stacks") for path in (ROOT / folder).glob("*.py")),
    ids=lambda path: f"{path.parent.name}.{path.stem}",
)
def test_a_module_is_about_one_thing_and_says_what(path: Path) -> None:
    text = path.read_text()
    assert ast.get_docstring(ast.parse(text))
    assert len(text.splitlines()) <= 350, "split it"


def documented(class_: type) -> set[str]:
    body = ast.parse(textwrap.dedent(inspect.getsource(class_))).body[0]
    assert isinstance(body, ast.ClassDef)
    return {
        statement.target.id
        for statement, following in zip(body.body, body.body[1:], strict=False)
        if isinstance(statement, ast.AnnAssign)
        and isinstance(statement.target, ast.Name)
        and isinstance(following, ast.Expr)
        and isinstance(following.value, ast.Constant)
    }
