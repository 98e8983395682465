"""The life of two delivery pipelines under Pulumi's engine."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

from infra.emulator.server import Emulator
from tests.engine.cli import Cli
from tests.engine.leftovers import standing

ROOT = Path(__file__).parents[2]
PROGRAM = f"""
import sys

sys.path.insert(0, {str(ROOT)!r})

from tests.delivery.test_pipelines import declare

declare()
"""


def test_pipelines_come_up_stay_as_they_are_and_go(
    pulumi: Callable[[Path, str], Cli], emulator: Emulator, tmp_path: Path
) -> None:
    (tmp_path / "__main__.py").write_text(PROGRAM)
    runtime = {"name": "python", "options": {"toolchain": "pip", "virtualenv": sys.prefix}}
    (tmp_path / "Pulumi.yaml").write_text(json.dumps({"name": "delivery", "runtime": runtime}))
    before = standing(emulator.endpoint_url)
    cli = pulumi(tmp_path, "delivering")
    cli.init()
    cli.run("config", "set", "aws:region", "us-east-1")
    made = cli.up().counts
    assert made.keys() == {"create"}
    assert cli.preview().counts == {}
    assert cli.refresh().counts == {}
    assert cli.destroy().counts == {"delete": made["create"]}
    assert standing(emulator.endpoint_url) == before
