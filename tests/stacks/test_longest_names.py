"""Names as long as the settings take them: every name made of them is one that AWS takes."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from infra.graph.evaluate import evaluate
from infra.platform import deploy
from infra.program import declared_schemas
from infra.resources.handler import InputError
from infra.resources.table import lookup
from infra.short_lived import write
from pipelines.compiled import CompiledUseCase
from stacks.config import Name, StackConfig
from stacks.errors import StackError
from stacks.layers import load
from stacks.names import Instance
from tests.stacks import support
from tests.stacks.test_api_model import faults

ROOT = Path(__file__).parents[2]
DAY = date(2026, 11, 24)


def longest(kind: Any, shape: str) -> str:
    """Return the longest text of this shape that a setting takes."""
    adapter: TypeAdapter[str] = TypeAdapter(kind)
    taken = ""
    for length in range(2, 64):
        try:
            taken = adapter.validate_python(shape.ljust(length, shape[-1]))
        except ValidationError:
            continue
    return taken


TEAM, USE_CASE, INSTANCE = longest(Name, "t"), longest(Name, "u"), "review123456"


def stretched(base: str, root: Path, *, instance: str | None = None) -> StackConfig:
    """Return the settings of a stack of this project under the longest names."""
    team, _, environment = base.partition("-")
    (own,) = support.use_cases(base)
    shutil.copytree(ROOT / "stacks", root / "stacks")
    for file, renamed in ((f"teams/{team}", f"teams/{TEAM}"),
                          (f"Pulumi.{base}", f"Pulumi.{TEAM}-{environment}")):  # fmt: skip
        text = (root / f"stacks/{file}.yaml").read_text()
        text = re.sub(rf"^( +){own}:", rf"\1{USE_CASE}:", text, flags=re.MULTILINE)
        (root / f"stacks/{renamed}.yaml").write_text(text)
    stack = f"{TEAM}-{environment}"
    if instance is not None:
        stack, _ = write(stack, instance, DAY, root)
    return load(stack, root).config


def refused(base: str, config: StackConfig) -> list[str]:
    """Return what AWS's own model says of each input, names that are made up included."""
    compiled = {USE_CASE: of(base, config)}
    live = support.live_of(config, support.package_arn(config.stack, use_case=USE_CASE))
    graph = evaluate(
        lambda: deploy(config, compiled, live),
        project="mlops-loop",
        stack=config.stack,
        config={"aws:region": config.region},
    )
    return faults(graph)


def of(base: str, config: StackConfig) -> CompiledUseCase:
    (own,) = support.use_cases(base)
    return replace(support.compiled(config.network, own), use_case=USE_CASE)


def test_the_names_are_as_long_as_can_be() -> None:
    assert (len(TEAM), len(USE_CASE)) == (20, 20)
    assert TypeAdapter(Instance).validate_python(INSTANCE)
    with pytest.raises(ValidationError):
        TypeAdapter(Instance).validate_python(f"{INSTANCE}7")


@pytest.mark.parametrize(
    "base", ["flights-staging", "flights-prod", "flights-dev", "vision-staging", "vision-dev"]
)
def test_the_longest_names_are_none_that_aws_refuses(base: str, tmp_path: Path) -> None:
    assert refused(base, stretched(base, tmp_path)) == []


@pytest.mark.parametrize("base", ["flights-staging", "vision-dev"])
def test_nor_are_those_of_a_short_lived_stack_but_its_feature_groups_which_it_says_itself(
    base: str, tmp_path: Path
) -> None:
    config = stretched(base, tmp_path, instance=INSTANCE)
    # Feature groups are named by pipelines, not by settings; 64 characters are SageMaker's.
    assert [one for one in refused(base, config) if "FeatureGroupName" not in one] == []
    with pytest.raises(StackError, match="must have at most 64 characters with stack and use case"):
        list(declared_schemas(config, {USE_CASE: of(base, config)}))


@pytest.mark.parametrize(
    ("token", "name", "rule"),
    [
        ("aws:cloudwatch/eventTarget:EventTarget", "t" * 57, "targetId must be at most 64"),
        ("aws:iam/role:Role", "r" * 57, "name must be at most 64"),
        ("aws:s3/bucket:Bucket", "b" * 56, "bucket must be at most 63"),
        ("aws:lambda/function:Function", "f" * 57, "name must be at most 64"),
        ("aws:scheduler/schedule:Schedule", "s" * 57, "name must be at most 64"),
    ],
)
def test_a_name_that_leaves_no_room_for_its_digits_is_refused(
    token: str, name: str, rule: str
) -> None:
    autoname = lookup(token).autoname
    assert autoname is not None
    assert autoname.given(name[1:], None)
    with pytest.raises(InputError, match=rule):
        autoname.given(name, None)
