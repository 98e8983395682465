from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipelines.shared.gate.decision import Facts, Limits, Trigger, decide

NOW = datetime(2013, 7, 3, 6, tzinfo=UTC)
LIMITS = Limits(
    cool_down_hours=72,
    budget_retrainings=4,
    budget_window_days=90,
    min_new_labels=5000,
    retrain_on_new_data=False,
)
DRIFT = Facts(
    trigger=Trigger("alarm", "weather-drift"),
    now=NOW,
    running=None,
    data_quality_alarm=None,
    approved_version=3,
    last_training_at=NOW - timedelta(days=30),
    trainings_in_window=2,
    new_labels=5000,
)


def test_drift_with_enough_labels_within_budget_retrains() -> None:
    decision = decide(DRIFT, LIMITS)
    assert (decision.retrain, decision.rule) == (True, "drift")
    assert decision.reason == (
        "alarm weather-drift went off: version 3 is live, at least 5000 new labels, "
        "2 of 4 trainings used in 90 days"
    )


@pytest.mark.parametrize(
    ("rule", "changed", "says"),
    [
        ("running", {"running": "arn:x"}, "a training is under way: arn:x"),
        ("data_quality", {"data_quality_alarm": "broken"}, "broken is in ALARM"),
        ("data_quality", {"trigger": Trigger("data_quality", "broken")}, "broken went off"),
        ("new_data", {"trigger": Trigger("new_data", "features")}, "new data alone is no reason"),
        (
            "cool_down",
            {"last_training_at": NOW - timedelta(hours=71.5)},
            "started 71.5 hours ago; the cool-down is 72 hours",
        ),
        ("budget", {"trainings_in_window": 4}, "4 trainings were started within 90 days"),
        ("labels", {"new_labels": 4999}, "only 4999 new labels arrived since 2013-06-03 06:00"),
        ("labels", {"approved_version": None, "new_labels": 10}, "the minimum is 5000"),
    ],
)
def test_each_rule_refuses_with_its_values(rule: str, changed: dict[str, Any], says: str) -> None:
    decision = decide(replace(DRIFT, **changed), LIMITS)
    assert (decision.retrain, decision.rule) == (False, rule)
    assert says in decision.reason


def test_without_an_approved_model_neither_cool_down_nor_budget_stand_in_the_way() -> None:
    facts = replace(DRIFT, approved_version=None, last_training_at=NOW, trainings_in_window=9)
    decision = decide(facts, LIMITS)
    assert (decision.retrain, decision.rule) == (True, "no_model")


def test_broken_data_comes_before_a_missing_model() -> None:
    facts = replace(DRIFT, approved_version=None, data_quality_alarm="broken")
    assert decide(facts, LIMITS).rule == "data_quality"


def test_the_cool_down_ends_to_the_minute() -> None:
    facts = replace(DRIFT, last_training_at=NOW - timedelta(hours=72))
    assert decide(facts, LIMITS).retrain


@pytest.mark.parametrize("kind", ["new_data", "schedule"])
def test_new_data_and_schedules_retrain_under_their_own_name(kind: Any) -> None:
    facts = replace(DRIFT, trigger=Trigger(kind, "features"))
    decision = decide(facts, replace(LIMITS, retrain_on_new_data=True))
    assert (decision.retrain, decision.rule) == (True, kind)
