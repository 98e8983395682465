"""Every stack file, held to the rules of ``infra/policy`` by its own settings.

What Security Hub would report in some stack must be named, with its reason, in the table of
``docs/adr/20261121-which-security-controls-hold.md``; and what that table names must really not
hold somewhere. Neither goes stale unseen.
"""

from __future__ import annotations

import datetime
import re
import shutil
from functools import cache
from pathlib import Path

import pytest

from infra.graph.model import ResourceGraph
from infra.policy.findings import findings, undecided
from infra.policy.graph import resources
from infra.policy.of_stack import of_stack
from infra.policy.rules import RULES
from infra.policy.settings import Settings
from infra.short_lived import write
from stacks.layers import load
from stacks.names import stacks
from tests.stacks import support

ADR = Path(__file__).parents[2] / "docs/adr/20261121-which-security-controls-hold.md"
CONTROL = re.compile(r"\b(?:[A-Z][A-Za-z0-9]+)\.\d+\b")
TODAY = datetime.date(2026, 11, 21)
DOMAIN = "aws:sagemaker/domain:Domain"


@cache
def standing(stack: str) -> ResourceGraph:
    return support.graph(stack, live=support.package_arn(stack), standing=True)


@pytest.mark.parametrize("stack", stacks())
def test_no_stack_breaks_a_mandatory_rule_without_a_waiver(stack: str) -> None:
    found = of_stack(standing(stack), load(stack).config, TODAY)
    assert [one.says for one in found if one.stops] == []


@pytest.mark.parametrize("stack", stacks())
def test_no_rule_is_left_undecided(stack: str) -> None:
    declared = resources(standing(stack).resources.values())
    assert undecided(declared, Settings.read({}, TODAY)) == []


@pytest.mark.parametrize("stack", stacks())
def test_waivers_end_within_a_year_and_are_owned_by_who_answers_for_the_stack(stack: str) -> None:
    config = load(stack).config
    for waiver in config.policy.waivers:
        assert waiver.expires - written() <= datetime.timedelta(days=365)
        assert waiver.owner == config.owner


def written() -> datetime.date:
    """Return the latest day on which a waiver can have been written."""
    return datetime.datetime.now(datetime.UTC).date()


@cache
def broken() -> frozenset[str]:
    """Return each rule that some stack breaks, were every one mandatory and nothing waived."""
    strict = Settings.read({"severities": {rule.id: "mandatory" for rule in RULES}}, TODAY)
    return frozenset(
        one.rule
        for stack in stacks()
        for one in findings(resources(standing(stack).resources.values()), strict, name=stack)
    )


def waived() -> dict[str, str]:
    """Return each control that the decision's table names, with its row."""
    rows = [line for line in ADR.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    return {control: row for row in rows for control in CONTROL.findall(row.split("|")[1])}


@pytest.mark.parametrize(
    "control", [rule.id for rule in RULES if rule.source == "AWS Security Hub"]
)
def test_a_control_holds_in_every_stack_or_the_decision_says_why_not(control: str) -> None:
    if row := waived().get(control):
        what, why = (cell.strip() for cell in row.split("|")[2:4])
        assert what, control
        assert why, control
        assert control in broken(), f"{control} holds everywhere: take it out of the table"
    else:
        assert control not in broken(), f"{control} does not hold, and {ADR.name} says not why"


def test_the_decision_names_nothing_that_is_not_a_rule() -> None:
    assert waived().keys() <= {rule.id for rule in RULES}


@pytest.mark.parametrize("base", ["flights-dev", "flights-staging"])
def test_a_short_lived_stack_keeps_the_rules_until_its_day_is_over(
    base: str, tmp_path: Path
) -> None:
    shutil.copytree(ADR.parents[2] / "stacks", tmp_path / "stacks")
    stack, _ = write(base, "pr12", TODAY, tmp_path)
    graph = support.graph(stack, live=None, root=tmp_path, standing=True)
    config = load(stack, tmp_path).config
    assert [one.says for one in of_stack(graph, config, TODAY) if one.stops] == []
    over = of_stack(graph, config, TODAY + datetime.timedelta(days=1))
    assert {one.rule for one in over if one.stops} == {"mlops-expiry"}


def test_studio_stands_in_dev_alone() -> None:
    assert [stack for stack in stacks() if standing(stack).of_type(DOMAIN)] == [
        stack for stack in stacks() if stack.endswith("-dev")
    ]


def test_every_stack_outside_the_sandbox_has_a_network_of_its_own() -> None:
    with_network = {stack for stack in stacks() if standing(stack).of_type("aws:ec2/vpc:Vpc")}
    assert with_network == {stack for stack in stacks() if not stack.endswith("-sandbox")}
