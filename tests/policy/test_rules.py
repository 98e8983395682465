"""Every rule, over plain values."""

from __future__ import annotations

import datetime

import pytest

from infra.policy.findings import Finding, findings
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
