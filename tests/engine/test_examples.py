"""The documentation's examples are programs that Pulumi's engine runs as they lie there."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.site.examples import EXAMPLES, class_of
from tests.engine.cli import Cli

SMALL = ("alert_routes/full", "model_registry/minimal")  # seconds each


@pytest.mark.parametrize("example", SMALL)
def test_an_example_comes_up_stays_as_it_is_and_goes(
    pulumi: Callable[[Path, str], Cli], tmp_path: Path, example: str
) -> None:
    runtime = {"name": "python", "options": {"toolchain": "pip", "virtualenv": sys.prefix}}
    program = {"name": "planes", "main": str(EXAMPLES / f"{example}.py"), "runtime": runtime}
    (tmp_path / "Pulumi.yaml").write_text(json.dumps(program))
    cli = pulumi(tmp_path, example.replace("/", "-"))
    cli.init()
    cli.run("config", "set", "aws:region", "us-east-1")
    made = cli.up()
    component = f"mlops:index:{class_of(example.partition('/')[0])}"
    assert any(f"::{component}::" in urn for _, urn in made.steps)
    assert cli.preview().counts == {}
    assert cli.destroy().counts == {"delete": made.counts["create"]}
