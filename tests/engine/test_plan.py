"""A plan says of a change what Pulumi's engine says of it."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from infra.plan.compare import compare
from infra.plan.snapshot import Snapshot
from tests.engine import changing
from tests.engine.cli import Cli
from tests.plan.support import snapshot

ENGINES = {
    "create": "create",
    "update": "update",
    "delete": "delete",
    "replace": "replace",
    "create-replacement": "replace",
    "delete-replaced": "replace",
}
"""The engine's word for a step, and a plan's for the whole."""


@pytest.fixture(scope="module")
def standing(pulumi: Callable[[Path, str], Cli], tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """Return the program as it stands before any change."""
    project = tmp_path_factory.mktemp("project") / "changing"
    project.mkdir()
    shutil.copy(changing.__file__, project / "__main__.py")
    runtime = {"name": "python", "options": {"toolchain": "pip", "virtualenv": sys.prefix}}
    (project / "Pulumi.yaml").write_text(json.dumps({"name": "changing", "runtime": runtime}))
    cli = pulumi(project, "standing")
    cli.init()
    cli.run("config", "set", "aws:region", "us-east-1")
    cli.up()
    return cli


@cache
def base() -> Snapshot:
    return snapshot(changing.BASE, project="changing", stack="standing")


def foreseen(variant: str) -> dict[str, str]:
    head = snapshot(changing.CHANGES[variant], project="changing", stack="standing")
    return {one.urn: one.operation for one in compare(base(), head) if one.operation != "move"}


def engines(cli: Cli) -> dict[str, str]:
    return {
        urn: ENGINES[operation]
        for operation, urn in cli.preview().steps
        if "pulumi:providers:" not in urn and "pulumi:pulumi:Stack" not in urn
    }


@pytest.mark.parametrize("variant", changing.CHANGES)
def test_a_plan_names_the_operations_that_the_engine_names(standing: Cli, variant: str) -> None:
    standing.run("config", "set", "variant", variant)
    assert foreseen(variant) == engines(standing)
