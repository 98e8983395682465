"""What a stack may say about rules."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from stacks.errors import StackFileError
from stacks.layers import load

TEAM = "stacks/teams/flights.yaml"
WAIVER = """
policy:
  waivers:
    - rule: SageMaker.16
      resource: flights-serving-*
      owner: flights@example.com
      reason: No registry of ours holds a copy yet.
      expires: 2027-05-31
"""


def spoilt(project: Path, added: str) -> str:
    path = project / TEAM
    path.write_text(path.read_text() + added)
    with pytest.raises(StackFileError) as caught:
        load("flights-prod", project)
    return str(caught.value)


def test_a_mistyped_rule_is_told_with_those_that_are_close(project: Path) -> None:
    told = spoilt(project, WAIVER.replace("SageMaker.16", "Sagemaker.16"))
    assert "policy.waivers.0.rule must be a rule's id (see docs/policy.md)" in told
    assert "got 'Sagemaker.16'; close to it: SageMaker.16" in told


def test_another_id_of_a_control_is_told_with_its_rule(project: Path) -> None:
    told = spoilt(project, "policy: {severities: {CKV_AWS_370: disabled}}\n")
    assert told.endswith("got 'CKV_AWS_370'; close to it: SageMaker.5")


def test_a_severity_is_one_of_three(project: Path) -> None:
    told = spoilt(project, "policy: {severities: {SageMaker.5: advisry}}\n")
    assert "close to it: advisory" in told


@pytest.mark.parametrize("key", ["owner", "reason", "expires", "resource", "rule"])
def test_a_waiver_says_what_who_why_and_until_when(project: Path, key: str) -> None:
    added = "\n".join(
        line.replace(f"- {key}: ", "- at: ")
        for line in WAIVER.splitlines()
        if not line.strip().startswith(f"{key}:")
    )
    assert f"policy.waivers.0.{key} is missing" in spoilt(project, added)


@pytest.mark.parametrize(
    ("key", "said"), [("owner", "flights@example.com"), ("reason", "No registry of ours holds a")]
)
def test_a_waiver_does_not_say_it_with_spaces(project: Path, key: str, said: str) -> None:
    told = spoilt(project, WAIVER.replace(said, f"'{' ' * 20}' #"))
    assert f"policy.waivers.0.{key} must" in told


@pytest.mark.parametrize("written", ["2027-05-31", '"2027-05-31"'])
def test_a_date_may_stand_in_quotes_or_not(project: Path, written: str) -> None:
    path = project / TEAM
    path.write_text(path.read_text() + WAIVER.replace("2027-05-31", written))
    (waiver,) = load("flights-prod", project).config.policy.waivers
    assert waiver.expires == date(2027, 5, 31)
    assert waiver.at == "*"


def test_a_date_that_is_none_is_refused(project: Path) -> None:
    assert "policy.waivers.0.expires" in spoilt(project, WAIVER.replace("2027-05-31", "soon"))
