"""Every rule, over plain values."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from infra.policy.findings import Finding, asked, findings, problems
from infra.policy.model import UNKNOWN, Rule, Stack
from infra.policy.rules import BY_ID, RULES
from infra.policy.settings import Settings
from tests.policy.cases import STACK, Case, cases

TODAY = datetime.date(2026, 11, 21)


def answers(case: Case) -> list[Finding]:
    """Return what the offline way finds."""
    return findings(case.resources, Settings.read(case.policy, TODAY), name=STACK)


@pytest.mark.parametrize("case", [one for one in cases() if not one.holds], ids=str)
def test_what_breaks_a_rule_is_found(case: Case) -> None:
    found = [one for one in answers(case) if one.rule == case.rule]
    assert found
    assert all(one.what and one.remedy and one.found for one in found)
    assert len({one.key for one in found}) == len(found)


@pytest.mark.parametrize("case", [one for one in cases() if one.holds], ids=str)
def test_what_keeps_a_rule_is_not(case: Case) -> None:
    assert [one.says for one in answers(case) if one.rule == case.rule] == []


def unknowing(value: Any) -> Iterator[Any]:
    """Yield a value with one part of it, at a time, that only AWS will know."""
    yield UNKNOWN
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from ({**value, key: other} for other in unknowing(inner))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from (
                [*value[:number], other, *value[number + 1 :]] for other in unknowing(inner)
            )


@pytest.mark.parametrize("case", [one for one in cases() if one.holds], ids=str)
def test_what_is_not_known_yet_breaks_no_rule_that_it_may_keep(case: Case) -> None:
    for number, resource in enumerate(case.resources):
        for key, value in resource.props.items():
            for other in unknowing(value):
                changed = replace(resource, props={**resource.props, key: other})
                given = [*case.resources[:number], changed, *case.resources[number + 1 :]]
                settings = Settings.read(case.policy, TODAY)
                broken = [one for one in findings(given, settings) if one.rule == case.rule]
                assert [one.says for one in broken] == [], (key, other)


ODD: tuple[Any, ...] = (None, "", -1, True, "x", [], {}, [1], [None], {"x": 1}, [{"x": 1}], [[]])


def odd(value: Any) -> Iterator[Any]:
    """Yield a value with one part of it, at a time, of a shape that AWS would refuse."""
    yield from ODD
    if isinstance(value, str) and value.startswith("{"):
        yield from (json.dumps(other) for other in odd(json.loads(value)))
        yield "{ no json"
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from ({**value, key: other} for other in odd(inner))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from ([*value[:number], other, *value[number + 1 :]] for other in odd(inner))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_no_input_brings_a_rule_down(rule: Rule) -> None:
    for case in (one for one in cases() if one.rule == rule.id):
        for number, resource in enumerate(case.resources):
            for key, value in resource.props.items():
                for other in odd(value):
                    changed = replace(resource, props={**resource.props, key: other})
                    given = [*case.resources[:number], changed, *case.resources[number + 1 :]]
                    stack = Stack(given, Settings.read(case.policy, TODAY).options)
                    for one in given:
                        told = problems(rule, one, stack) if asked(rule, one.type) else []
                        assert all(isinstance(problem.what, str) for problem in told)


@pytest.mark.parametrize(
    "document",
    [
        "{ no json",
        '{"Statement": ' + "[" * 100_000,
        json.dumps({"Statement": [{"Effect": "Allow", "Action": [{}], "Resource": "*"}]}),
    ],
)
def test_what_cannot_be_read_is_not_let_through(document: str) -> None:
    (case,) = (one for one in cases() if str(one) == "CKV2_AWS_40-passes-1")
    given = [replace(case.resources[0], props={"policy": document})]
    found = [one for one in findings(given, Settings.read({}, TODAY)) if one.rule == case.rule]
    assert [one.what for one in found] == ["inputs must be of the shape that AWS takes"]


def test_no_finding_tells_a_credential() -> None:
    planted = [one for one in cases() if "hunter2" in repr(one) or "AKIA" in repr(one)]
    assert len({one.rule for one in planted if not one.holds}) > 3
    told = "".join(finding.says for one in planted for finding in answers(one))
    assert "hunter2" not in told
    assert "AKIA" not in told


def test_every_rule_has_a_case_that_passes_and_one_that_fails() -> None:
    both = {(case.rule, case.holds) for case in cases()}
    assert both == {(rule.id, holds) for rule in RULES for holds in (True, False)}


def test_a_control_is_asked_by_one_rule() -> None:
    told = [identifier for rule in RULES for identifier in (rule.id, *rule.also)]
    assert len(told) == len(set(told))
    assert len(BY_ID) == len(RULES)
