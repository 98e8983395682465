"""A plan says of a change what Pulumi's engine says of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from infra.plan.compare import compare
from infra.plan.snapshot import Snapshot, from_json
from tests.engine import changing
from tests.engine.cli import Cli
from tests.plan.support import snapshot

SANDBOX = "flights-sandbox"
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


SEATS = '"seats": "Integral"'
EDITS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "a setting of the pipelines": (
        ("stacks/environments/sandbox.yaml", "max_jobs: 2", "max_jobs: 3"),
    ),
    "the code of a step": (
        ("pipelines/shared/steps/training_split.py", "import argparse", "import argparse  #"),
    ),
    "the gate's rules, and how long logs are kept": (
        ("stacks/teams/flights.yaml", "cool_down_hours: 480", "cool_down_hours: 400"),
        ("stacks/environments/sandbox.yaml", "log_retention_days: 30", "log_retention_days: 60"),
    ),
    "a feature more": (("pipelines/flights/schema.py", SEATS, f'{SEATS}, "k": "String"'),),
    "a component under another name": (
        ("infra/_use_case.py", 'f"{plan.name}-features",', 'f"{plan.name}-store",'),
    ),
    "an address is written to in another form": (
        (
            "stacks/teams/flights.yaml",
            "urgent: [{protocol: email,",
            "urgent: [{protocol: email-json,",
        ),
    ),
}
"""What is said of an edit to its file, the text and what takes its place."""


def written(checkout: Path, out: Path) -> Snapshot:
    """Return the sandbox as the checkout's own code declares it."""
    out.mkdir()
    command = [sys.executable, "-m", "infra.plan.write", "--no-model", str(out), SANDBOX]
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    subprocess.run(command, cwd=checkout, env=environment, check=True, capture_output=True)
    return from_json((out / f"{SANDBOX}.json").read_bytes())


def test_a_plan_of_a_whole_stack_names_what_the_engine_names(
    pulumi: Callable[[Path, str], Cli], checkout: Path, tmp_path: Path
) -> None:
    cli = pulumi(checkout, SANDBOX)
    cli.init()
    cli.up()
    before = written(checkout, tmp_path / "before")
    for number, (what, edits) in enumerate(EDITS.items()):
        kept = {file: (checkout / file).read_text() for file, *_ in edits}
        for file, old, new in edits:
            text = (checkout / file).read_text()
            assert old in text, (file, old)
            (checkout / file).write_text(text.replace(old, new, 1))
        after = written(checkout, tmp_path / str(number))
        planned = {one.urn: one.operation for one in compare(before, after)}
        assert planned, what
        assert planned == engines(cli), what
        for file, text in kept.items():
            (checkout / file).write_text(text)
    cli.destroy()
