"""Whether a metric alarm is in alarm: M of the last N points, and what to make of missing ones.

The rules are those of the CloudWatch user guide, "Configuring how CloudWatch alarms treat missing
data", tables included. AWS looks a little farther back than N periods for real points, and does not
say how far: here two periods where a period is below an hour, none above.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]

_OPERATORS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}
COMPARISONS = frozenset(_OPERATORS)
TREATMENTS = frozenset({"breaching", "notBreaching", "ignore", "missing"})
SHORT_PERIOD_SECONDS = 3600
EXTRA_PERIODS = 2


@dataclass(frozen=True, slots=True)
class Rule:
    """What an alarm compares."""

    comparison: str
    threshold: float
    evaluation_periods: int
    datapoints_to_alarm: int
    treat_missing_data: str

    def breaches(self, value: float) -> bool:
        """Say whether the value is on the wrong side of the threshold."""
        return _OPERATORS[self.comparison][0](value, self.threshold)


@dataclass(frozen=True, slots=True)
class Point:
    """One period."""

    start: datetime
    value: float | None
    count: float = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state the points call for; ``None`` means: keep the present one."""

    state: State | None
    reason: str
    considered: tuple[Point, ...]
    """The points with a value that the decision rests on, newest first."""


def periods(evaluation_periods: int, period_seconds: int) -> int:
    """Return how many periods back an evaluation looks."""
    extra = EXTRA_PERIODS if period_seconds < SHORT_PERIOD_SECONDS else 0
    return evaluation_periods + extra


def decide(rule: Rule, points: Sequence[Point]) -> Verdict:
    """Judge the points, oldest first."""
    present = [point for point in points if point.value is not None][-rule.evaluation_periods :]
    breaching = [p for p in present if p.value is not None and rule.breaches(p.value)]
    missing = rule.evaluation_periods - len(present)
    considered = tuple(reversed(present))
    state = _state(rule, len(present), len(breaching), missing)
    return Verdict(state, _reason(rule, state, present, breaching, missing), considered)


def _state(rule: Rule, present: int, breaching: int, missing: int) -> State | None:
    if breaching >= rule.datapoints_to_alarm:
        return "ALARM"
    if missing == 0 or rule.treat_missing_data == "notBreaching":
        return "OK"
    if rule.treat_missing_data == "breaching":
        return "ALARM" if breaching + missing >= rule.datapoints_to_alarm else "OK"
    if present > breaching:
        return "OK"
    if rule.treat_missing_data == "ignore":
        return None
    # All there is breaches: CloudWatch raises the alarm early rather than wait for more points.
    return "ALARM" if present else "INSUFFICIENT_DATA"


def _reason(
    rule: Rule,
    state: State | None,
    present: Sequence[Point],
    breaching: Sequence[Point],
    missing: int,
) -> str:
    word = _OPERATORS[rule.comparison][1]
    if state == "INSUFFICIENT_DATA":
        return f"Insufficient Data: {_count(missing, 'datapoint')} {_was(missing)} unknown."
    if not present:
        treated = "Breaching" if state == "ALARM" else "NonBreaching"
        return (
            f"Threshold Crossed: no datapoints were received for "
            f"{_count(rule.evaluation_periods, 'period')} and "
            f"{_count(missing, 'missing datapoint')} {_was(missing)} treated as [{treated}]."
        )
    if state == "ALARM":
        needed = rule.datapoints_to_alarm
        shown = breaching or present
        return (
            f"Threshold Crossed: {len(breaching)} out of the last "
            f"{_count(rule.evaluation_periods, 'datapoint')} [{_listed(shown)}] {_was(len(shown))} "
            f"{word} the threshold ({rule.threshold}) (minimum {_count(needed, 'datapoint')} for "
            f"OK -> ALARM transition)."
        )
    if breaching:
        return (
            f"Threshold Crossed: {len(breaching)} out of the last "
            f"{_count(rule.evaluation_periods, 'datapoint')} {_was(len(breaching))} {word} the "
            f"threshold ({rule.threshold}), fewer than {rule.datapoints_to_alarm} "
            f"[{_listed(present)}]."
        )
    return (
        f"Threshold Crossed: {_count(len(present), 'datapoint')} [{_listed(present)}] "
        f"{_was(len(present))} not {word} the threshold ({rule.threshold})."
    )


def _listed(points: Sequence[Point]) -> str:
    newest_first = reversed(points)
    return ", ".join(f"{p.value} ({p.start:%d/%m/%y %H:%M:%S})" for p in newest_first)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _was(number: int) -> str:
    return "was" if number == 1 else "were"
