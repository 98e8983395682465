"""GPU types that a region lacks are told before anything is made."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from infra.instances import offerings
from infra.quotas import needs
from stacks._regions import OFFERED, accelerated, lacks
from stacks.errors import StackError
from stacks.layers import load

ROOT = Path(__file__).parents[3]


def vision(folder: Path, region: str, instance_type: str) -> Path:
    """Return a copy of the stack files whose vision-dev trains elsewhere, on another type."""
    shutil.copytree(ROOT / "stacks", folder / "stacks")
    for file in folder.glob("stacks/**/*.yaml"):
        file.write_text(file.read_text().replace("us-east-1", region))
    team = folder / "stacks/teams/vision.yaml"
    team.write_text(team.read_text().replace("ml.g5.xlarge", instance_type, 1))
    return folder


def test_a_gpu_type_that_the_region_lacks_is_told_with_file_key_rule_and_value(
    tmp_path: Path,
) -> None:
    with pytest.raises(StackError) as refused:
        load("vision-dev", vision(tmp_path, "eu-central-2", "ml.p5.48xlarge"))
    said = str(refused.value)
    assert "stacks/teams/vision.yaml:" in said
    assert "use_cases.digits.training.instance_type must be a type that EC2 has in" in said
    assert "eu-central-2 (ml.g6.48xlarge" in said
    assert "got 'ml.p5.48xlarge'" in said


def test_p5_trains_where_there_are_some_and_costs_its_own_quota(tmp_path: Path) -> None:
    config = load("vision-dev", vision(tmp_path, "us-east-2", "ml.p5.48xlarge")).config
    assert config.use_cases["digits"].training.instance_type == "ml.p5.48xlarge"
    asked = {need.quota: need.instances for need in needs(config)}
    assert asked["ml.p5.48xlarge for spot training job usage"] == 4, "as many as trials at once"


@pytest.mark.parametrize(
    ("region", "instance_type"),
    [
        ("us-east-1", "ml.p5.48xlarge"),
        ("us-east-1", "ml.m5.large"),  # everywhere, and not in the table
        ("eu-moon-1", "ml.p5.48xlarge"),  # nothing is known of it
        ("us-east-1", "ml.p3.2xlarge"),  # SageMaker's still, EC2's nowhere
    ],
)
def test_what_is_there_or_unknown_is_let_pass(region: str, instance_type: str) -> None:
    assert not lacks(region, instance_type)


def test_the_table_is_what_the_descriptions_say() -> None:
    assert OFFERED.read_text(encoding="utf-8") == offerings(), "run `python -m infra.instances`"
    assert len(accelerated()) > 25
