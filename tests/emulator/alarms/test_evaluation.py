from datetime import UTC, datetime, timedelta

import pytest

from infra.emulator.alarms.composite import RuleError
from infra.emulator.alarms.composite import parse as parse_rule
from infra.emulator.alarms.evaluation import Point, Rule, Verdict, decide
from infra.emulator.alarms.expression import ExpressionError, evaluate
from infra.emulator.alarms.expression import parse as parse_expression
from infra.emulator.alarms.statistics import Datum, compute

START = datetime(2013, 3, 5, tzinfo=UTC)
VALUES = {"X": 1.0, "0": 0.0, "-": None}


def judge(pattern: str, treatment: str, *, of: int = 3, to_alarm: int = 3) -> Verdict:
    points = [
        Point(START + timedelta(minutes=number), VALUES[mark])
        for number, mark in enumerate(pattern.split())
    ]
    return decide(Rule("GreaterThanThreshold", 0.5, of, to_alarm, treatment), points)


@pytest.mark.parametrize(
    ("pattern", "to_alarm", "expected"),
    [
        ("0 - X - X", 3, ["OK", "OK", "OK", "OK"]),
        ("- - - - 0", 3, ["OK", "OK", "OK", "OK"]),
        ("- - - - -", 3, ["INSUFFICIENT_DATA", None, "ALARM", "OK"]),
        ("0 X X - X", 3, ["ALARM", "ALARM", "ALARM", "ALARM"]),
        ("- - X - -", 3, ["ALARM", None, "ALARM", "OK"]),
        ("0 - X - X", 2, ["ALARM", "ALARM", "ALARM", "ALARM"]),
        ("0 0 X 0 X", 2, ["ALARM", "ALARM", "ALARM", "ALARM"]),
        ("0 - X - -", 2, ["OK", "OK", "ALARM", "OK"]),
        ("- - - - 0", 2, ["OK", "OK", "ALARM", "OK"]),
        ("- - - - X", 2, ["ALARM", None, "ALARM", "OK"]),
    ],
)
def test_m_of_n_with_missing_points_is_as_the_user_guide_tables_it(
    pattern: str, to_alarm: int, expected: list[str | None]
) -> None:
    treatments = ("missing", "ignore", "breaching", "notBreaching")
    assert [judge(pattern, one, to_alarm=to_alarm).state for one in treatments] == expected


def test_the_reason_names_the_points_and_the_threshold() -> None:
    assert judge("0 0 X", "missing", of=1, to_alarm=1).reason == (
        "Threshold Crossed: 1 out of the last 1 datapoint [1.0 (05/03/13 00:02:00)] was greater "
        "than the threshold (0.5) (minimum 1 datapoint for OK -> ALARM transition)."
    )


def test_the_reason_says_what_missing_points_were_taken_for() -> None:
    assert judge("-", "notBreaching", of=1, to_alarm=1).reason == (
        "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was "
        "treated as [NonBreaching]."
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("m1 / m2 * 100", 50.0),
        ("2^3 - m2", 6.0),
        ("IF(m1 > m2, m1, m2)", 2.0),
        ("MAX([m1, m2]) - MIN(METRICS())", 1.0),
        ("FILL(m3, 7)", 7.0),
        ("m1 + m3", None),
        ("m1 / (m2 - 2)", None),
        ("m1 < 2 AND m2 >= 2", 1.0),
    ],
)
def test_metric_math_computes_point_by_point(text: str, expected: float | None) -> None:
    points = {"m1": 1.0, "m2": 2.0, "m3": None}
    assert evaluate(parse_expression(text, list(points)), points) == expected


@pytest.mark.parametrize("text", ["m9 + 1", "RATE(m1)", "m1.real", "SEARCH('x')", "m1 +", "'a'"])
def test_metric_math_beyond_the_subset_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError, match="metric math"):
        parse_expression(text, ["m1"])


def test_a_percentile_interpolates_between_ranks() -> None:
    data = [Datum.read({"Values": [1.0, 2.0, 3.0, 4.0], "Counts": [1, 1, 1, 1]}, now=START)]
    assert compute("p50", data) == 2.5
    assert compute("p100", data) == 4.0


def test_a_composite_rule_holds_by_and_or_not() -> None:
    rule = parse_rule('ALARM("a b") AND NOT (OK(c) OR INSUFFICIENT_DATA(d))')
    states = {"a b": "ALARM", "c": "ALARM", "d": "OK"}
    assert rule.alarms == {"a b", "c", "d"}
    assert rule.holds(states.__getitem__)
    assert not rule.holds({**states, "c": "OK"}.__getitem__)


@pytest.mark.parametrize("text", ["ALARM(a", "ALARM(a) AND", "a OR b", "ALARM(a) OK(b)"])
def test_a_composite_rule_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(RuleError, match="AlarmRule"):
        parse_rule(text)
