"""Objects on a Kubernetes cluster under Pulumi's engine, by a provider of the same table."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from infra.emulator.server import Emulator
from tests.engine.cli import Cli

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(__file__).parent / "cluster"


@pytest.fixture
def small(
    pulumi: Callable[[Path, str], Cli],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> Cli:
    """Return the program as a stack of its own."""
    project = tmp_path / "cluster"
    shutil.copytree(PROGRAM, project, ignore=shutil.ignore_patterns("__pycache__"))
    runtime = {"name": "python", "options": {"toolchain": "pip", "virtualenv": sys.prefix}}
    (project / "Pulumi.yaml").write_text(json.dumps({"name": "cluster", "runtime": runtime}))
    plain = pulumi(project, f"dev{len(request.node.name)}")
    cli = replace(plain, environment={**plain.environment, "PYTHONPATH": str(ROOT)})
    cli.init()
    cli.run("config", "set", "aws:region", "us-east-1")
    cli.run("config", "set", "run", "first")
    return cli


def test_a_namespace_stands_rests_trains_anew_and_goes(small: Cli, emulator: Emulator) -> None:
    made = small.up().counts["create"]
    assert made > 25
    emulator.settle()
    assert small.preview().counts == {}
    assert small.refresh().counts == {}
    small.run("config", "set", "run", "second")
    assert "training-job" in small.up().names("create-replacement")
    assert small.preview().counts == {}
    assert small.destroy().counts == {"delete": made}


def test_a_preview_says_what_the_cluster_would_refuse(small: Cli) -> None:
    small.run("config", "set", "team", "not a label")
    rule = "metadata.labels.team must be at most 63 of A-Z, a-z, 0-9, -_. within, got 'not a label'"
    with pytest.raises(AssertionError, match=re.escape(rule)):
        small.preview()
