"""The page that leads from each row of the MLOps model to what stands for it."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

import pytest
import typer
from typer.main import get_command

import components
from infra.cli.main import app

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "model-map.md").read_text(encoding="utf-8").replace("\u2013", "-")
ROWS = [
    *(f"P{n}" for n in range(1, 10)),
    *(f"C{n}" for n in range(1, 10)),
    *(f"R{n}" for n in range(1, 8)),
    *("1-5", "6-7", "8-12", "13-17", "18-22", "23-24", "25-26"),
    *("build", "deployment", "retraining"),
]
TABLE = {line.split("|")[1].strip(): line for line in PAGE.splitlines() if line.startswith("| ")}
PIPELINES = {
    path.stem.removesuffix("_pipeline") for path in (ROOT / "pipelines").glob("*/*_pipeline.py")
}


def named(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def component_names() -> set[str]:
    modules = [
        importlib.import_module(f"components.{module.name}")
        for module in pkgutil.walk_packages(components.__path__)
    ]
    return {name for module in modules for name in vars(module)}


def commands(group: typer.core.TyperGroup) -> set[str]:
    found: set[str] = set()
    for name, command in group.commands.items():
        found.add(name)
        if isinstance(command, typer.core.TyperGroup):
            found |= {f"{name} {below}" for below in commands(command)}
    return found


def test_every_row_of_the_model_is_on_the_page() -> None:
    assert set(ROWS) == TABLE.keys() - {"steps", ""}


@pytest.mark.parametrize("row", ROWS)
def test_a_row_leads_somewhere_that_exists(row: str) -> None:
    known, group = component_names(), get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    names = named(TABLE[row])
    assert names, f"{row} names nothing"
    for name in names:
        if name.startswith("mlops "):
            assert name.removeprefix("mlops ") in commands(group), name
        elif "/" in name or "." in name:
            assert (ROOT / name).exists(), name
        elif name.islower():
            assert name in PIPELINES, name
        else:
            assert name in known, name


def test_every_component_is_on_the_page() -> None:
    files = {path.stem for path in (ROOT / "components").glob("[a-z]*.py")}
    classes = {
        name
        for name in component_names()
        if re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() in files
        and f"{name}Args" in component_names()
    }
    assert len(classes) > 15
    assert classes - {"EncryptionKey"} <= set(named(PAGE))
