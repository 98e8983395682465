"""Every rule as Pulumi's policy pack, beside the same rule over plain values."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import pytest

from infra.policy.findings import WAIVERS, findings
from infra.policy.graph import resources
from infra.policy.of_stack import told
from infra.policy.pack_config import pack_config
from infra.policy.rules import BY_ID
from infra.policy.settings import Settings
from stacks.layers import load
from tests.policy.cases import STACK, Case, cases
from tests.policy.pack import Pack, needs_pack, running
from tests.stacks import support

pytestmark = needs_pack
TODAY = datetime.date(2026, 11, 21)


@pytest.fixture(scope="module")
def pack() -> Iterator[Pack]:
    with running() as found:
        yield found


@pytest.mark.parametrize("case", cases(), ids=str)
def test_both_ways_give_the_same_answer(case: Case, pack: Pack) -> None:
    pack.configure(pack_config(case.policy))
    found = findings(case.resources, Settings.read(case.policy, TODAY), name=STACK)
    offline = {
        (one.rule, one.urn, one.says, one.severity)
        for one in found
        if one.waived is None and one.rule != WAIVERS
    }
    assert pack.answers(case.resources) == offline
    assert any(rule == case.rule for rule, *_ in offline) is not case.holds


def test_the_pack_has_a_policy_for_each_rule(pack: Pack) -> None:
    assert pack.rules() == {*BY_ID, WAIVERS}


def test_both_ways_give_the_same_answer_on_a_whole_stack(pack: Pack) -> None:
    stack = "flights-dev"
    policy = told(load(stack).config)
    graph = support.graph(stack, live=support.package_arn(stack), standing=True)
    declared = [one for one in resources(graph.resources.values()) if one.type.startswith("aws:")]
    pack.configure(pack_config(policy))
    found = findings(declared, Settings.read(policy, TODAY), name=STACK)
    offline = {
        (one.rule, one.urn, one.says, one.severity)
        for one in found
        if one.waived is None and one.rule != WAIVERS
    }
    assert pack.answers(declared) == offline
    assert len(offline) > len(found) / 2
