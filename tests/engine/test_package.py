"""Programs in other languages declare our components, under Pulumi's engine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from infra.emulator.server import Emulator
from tests.engine.cli import Cli
from tests.engine.leftovers import standing

PROGRAMS = Path(__file__).parent / "package"
FEATURES = {"tailnum": "String", "event_time": "String", "seats": "Integral"}


@pytest.fixture
def planes(
    pulumi: Callable[[Path, str], Cli], checkout: Path, request: pytest.FixtureRequest
) -> Cli:
    project = checkout / "tests" / "engine" / "package" / request.param
    settings = yaml.safe_load((project / "Pulumi.yaml").read_text())
    del settings["packages"]
    settings["plugins"] = {"providers": [{"name": "mlops", "path": "../../../../infra/package"}]}
    (project / "Pulumi.yaml").write_text(yaml.safe_dump(settings, sort_keys=False))
    # What `pulumi package add` makes from requirements.txt.
    (checkout / "infra" / "package" / ".venv").symlink_to(sys.prefix)
    cli = pulumi(project, request.param)
    cli.init()
    cli.run("config", "set", "aws:region", "us-east-1")
    return cli


@pytest.mark.parametrize("planes", ["yaml"], indirect=True)
def test_a_program_in_another_language_stands_rests_and_goes(
    planes: Cli, emulator: Emulator
) -> None:
    before = standing(emulator.endpoint_url)
    made = planes.up().counts
    assert set(made) == {"create"}
    assert planes.preview().counts == {}
    assert planes.destroy().counts == {"delete": made["create"]}
    assert standing(emulator.endpoint_url) == before
