"""What the page says in words."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.status.facts import Decision
from infra.ui import words
from pipelines.shared.lineage.facts import Data

NOW = datetime(2013, 7, 1, 12, tzinfo=UTC)
DECIDING = Path(__file__).parents[2] / "pipelines" / "shared"


def data(**known: object) -> Data:
    nothing: dict[str, object] = {
        "as_of": None,
        "rows": None,
        "window": None,
        "holdout_from": None,
        "months": [],
        "manifest": None,
        "sources": [],
        "feature_groups": [],
    }
    return Data(**{**nothing, **known})  # type: ignore[arg-type]


@pytest.mark.parametrize("who", ["gate", "shadow"])
def test_every_rule_that_can_decide_is_explained(who: str) -> None:
    source = (DECIDING / who / "decision.py").read_text(encoding="utf-8")
    rules = set(re.findall(r'(?:_refuse|_keep|_reject)\(\s*"(\w+)"', source))
    rules |= set(re.findall(r'rule="(\w+)"', source))
    assert len(rules) >= 6
    assert rules <= words.RULES.keys()


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(None, "\N{EN DASH}"), (3, "3 s"), (600, "10 min"), (7200, "2 h"), (86_400 * 3, "3 days")],
)
def test_lengths_of_time_are_told_in_a_fitting_unit(seconds: float | None, told: str) -> None:
    assert words.lasted(seconds) == told


def test_what_was_just_now_is_not_counted_in_seconds() -> None:
    assert words.ago(NOW - timedelta(seconds=20), NOW) == "just now"
    assert words.ago(NOW - timedelta(hours=5), NOW) == "5 h ago"


def test_moments_are_told_in_utc_and_what_is_none_as_such() -> None:
    assert words.when("2013-06-01T14:00:00+02:00") == "2013-06-01 12:00"
    assert words.when("not a time") == "\N{EN DASH}"


def test_data_is_told_by_rows_window_and_time() -> None:
    told = words.trained_on(
        data(rows="81234", window="2013-01-01/2013-03-31", as_of="2013-04-01T06:00:00Z")
    )
    assert told == "81,234 rows, from 1 January 2013 to 31 March 2013, as known on 1 April 2013"


def test_data_without_a_window_is_told_by_its_months() -> None:
    assert (
        words.trained_on(data(months=["2013-01", "2013-02"])) == "of January 2013 to February 2013"
    )
    assert words.months(["2013-01", "2013-03"]) == "2013-01, 2013-03", "one is missing between"


def test_of_nothing_known_nothing_is_said() -> None:
    assert words.trained_on(data()) == ""


def test_figures_of_a_decision_are_flat_and_named() -> None:
    found = words.figures(
        Decision(
            at="",
            decision="",
            rule="",
            reason="",
            figures={
                "trigger": {"kind": "alarm", "name": "auc-drop"},
                "new_labels": 27020,
                "shadow": {"error_percent": 0.5, "invocations": 40.0},
                "running": None,
            },
        )
    )
    assert found == {
        "what asked": "alarm auc-drop",
        "new labels, counted up to the minimum": "27,020",
        "shadow: error percent": "0.5",
        "shadow: invocations": "40",
        "training under way": "\N{EN DASH}",
    }


def test_arns_within_a_text_shrink_to_their_last_part() -> None:
    arn = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/p/execution/abc"
    assert words.spoken(f"is under way: {arn}, wait") == (
        "is under way: pipeline/p/execution/abc, wait"
    )


@pytest.mark.parametrize(
    ("status", "tone"),
    [("Succeeded", "good"), ("Failed", "bad"), ("Executing", "busy"), ("refuse", "calm")],
)
def test_a_status_has_a_tone(status: str, tone: str) -> None:
    assert words.tone(status) == tone
