"""Whether to retrain: a pure function of what is known at the time of the event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Kind = Literal["alarm", "data_quality", "new_data", "schedule", "other"]


@dataclass(frozen=True)
class Limits:
    """What the team allows."""

    cool_down_hours: float
    budget_retrainings: int
    """Trainings within ``budget_window_days``."""
    budget_window_days: int
    min_new_labels: int
    """Labelled rows that must have arrived since the last training."""
    retrain_on_new_data: bool


@dataclass(frozen=True)
class Trigger:
    """What asks."""

    kind: Kind
    name: str
    """Alarm, pipeline or rule, for the record."""


@dataclass(frozen=True)
class Facts:
    """What is known when the gate is asked."""

    trigger: Trigger
    now: datetime
    """The event's time; the gate has no other clock."""
    running: str | None
    """ARN of a training under way."""
    data_quality_alarm: str | None
    """Name of the data quality alarm while it is in alarm."""
    approved_version: int | None
    last_training_at: datetime | None
    """Start of the newest training, whatever became of it."""
    trainings_in_window: int
    new_labels: int
    """Rows since the last training that did not fail; counting stops past the minimum."""


@dataclass(frozen=True)
class Decision:
    """What was decided, by which rule, and why."""

    retrain: bool
    rule: str
    reason: str


def decide(facts: Facts, limits: Limits) -> Decision:
    """Apply the rules in order; the first that speaks decides."""
    for rule in (_running, _data_quality, _no_model, _new_data, _cool_down, _budget, _labels):
        if decision := rule(facts, limits):
            return decision
    kind = "drift" if facts.trigger.kind == "alarm" else facts.trigger.kind
    version = facts.approved_version
    return Decision(
        retrain=True,
        rule=kind,
        reason=f"{_asked(facts)}: version {version} is live, at least {facts.new_labels} new "
        f"labels, {facts.trainings_in_window} of {limits.budget_retrainings} trainings used in "
        f"{limits.budget_window_days} days",
    )


def _running(facts: Facts, _: Limits) -> Decision | None:
    if facts.running is None:
        return None
    return _refuse("running", f"{_asked(facts)}, but a training is under way: {facts.running}")


def _data_quality(facts: Facts, _: Limits) -> Decision | None:
    if facts.trigger.kind == "data_quality":
        return _refuse("data_quality", f"{_asked(facts)}: broken data is mended, not trained on")
    if facts.data_quality_alarm is None:
        return None
    alarm = facts.data_quality_alarm
    return _refuse("data_quality", f"{_asked(facts)}, but {alarm} is in ALARM: the data is broken")


def _no_model(facts: Facts, limits: Limits) -> Decision | None:
    if facts.approved_version is not None:
        return None
    if few := _labels(facts, limits):
        return few
    return Decision(
        retrain=True,
        rule="no_model",
        reason=f"{_asked(facts)}: no version is approved yet, and at least {facts.new_labels} "
        f"labels are there (minimum {limits.min_new_labels})",
    )


def _new_data(facts: Facts, limits: Limits) -> Decision | None:
    if facts.trigger.kind != "new_data" or limits.retrain_on_new_data:
        return None
    return _refuse("new_data", f"{_asked(facts)}, but new data alone is no reason to retrain here")


def _cool_down(facts: Facts, limits: Limits) -> Decision | None:
    if facts.last_training_at is None:
        return None
    passed = facts.now - facts.last_training_at
    if passed >= timedelta(hours=limits.cool_down_hours):
        return None
    # Events tell whole seconds: a training of this very second would lie ahead of them.
    hours = max(0.0, passed.total_seconds() / 3600)
    return _refuse(
        "cool_down",
        f"{_asked(facts)}, but the last training started {hours:.1f} hours ago; the cool-down "
        f"is {limits.cool_down_hours:g} hours",
    )


def _budget(facts: Facts, limits: Limits) -> Decision | None:
    if facts.trainings_in_window < limits.budget_retrainings:
        return None
    return _refuse(
        "budget",
        f"{_asked(facts)}, but {facts.trainings_in_window} trainings were started within "
        f"{limits.budget_window_days} days; the budget is {limits.budget_retrainings}",
    )


def _labels(facts: Facts, limits: Limits) -> Decision | None:
    if facts.new_labels >= limits.min_new_labels:
        return None
    since = f"since {facts.last_training_at:%Y-%m-%d %H:%M}" if facts.last_training_at else "so far"
    return _refuse(
        "labels",
        f"{_asked(facts)}, but only {facts.new_labels} new labels arrived {since}; the minimum "
        f"is {limits.min_new_labels}",
    )


def _asked(facts: Facts) -> str:
    said = {
        "alarm": "alarm {} went off",
        "data_quality": "alarm {} went off",
        "new_data": "pipeline {} brought new data",
        "schedule": "schedule {} fell due",
        "other": "{} asked",
    }
    return said[facts.trigger.kind].format(facts.trigger.name)


def _refuse(rule: str, reason: str) -> Decision:
    return Decision(retrain=False, rule=rule, reason=reason)
