"""The examples of docs/serving.md are settings that a stack takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from stacks.layers import load
from tests.unit.config.conftest import ROOT
from tests.unit.config.test_serving_rules import change

EXAMPLES = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "serving.md").read_text(), re.DOTALL)


def test_the_page_has_its_examples() -> None:
    assert len(EXAMPLES) == 7


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_taken(project: Path, example: str) -> None:
    settings = yaml.safe_load(example)
    beside = {"batch_scoring": settings.pop("batch_scoring")} if "batch_scoring" in settings else {}
    change(project, "sandbox", settings or {"data_capture_percent": 100}, **beside)
    path = project / "stacks" / "environments" / "sandbox.yaml"
    path.write_text(path.read_text().replace("approval: automatic", "approval: manual"))
    assert load("flights-sandbox", project)
