from datetime import UTC, datetime

import pytest

from infra.cron import ScheduleError
from infra.emulator.scheduler.expression import Schedule

START = datetime(2013, 1, 1, tzinfo=UTC)


def due(expression: str, after: str, timezone: str = "UTC") -> str | None:
    moment = datetime.fromisoformat(after).replace(tzinfo=UTC)
    found = Schedule.parse(expression, timezone).next_after(moment, start=START)
    return found.strftime("%a %Y-%m-%dT%H:%M") if found else None


@pytest.mark.parametrize(
    ("expression", "after", "expected"),
    [
        # The examples of the EventBridge user guide.
        ("cron(0 10 * * ? *)", "2013-03-05T10:00", "Wed 2013-03-06T10:00"),
        ("cron(15 12 * * ? *)", "2013-03-05T10:00", "Tue 2013-03-05T12:15"),
        ("cron(0 18 ? * MON-FRI *)", "2013-03-08T18:00", "Mon 2013-03-11T18:00"),
        ("cron(0 8 1 * ? *)", "2013-03-05T10:00", "Mon 2013-04-01T08:00"),
        ("cron(0/15 * * * ? *)", "2013-03-05T10:00", "Tue 2013-03-05T10:15"),
        ("cron(0/10 * ? * MON-FRI *)", "2013-03-08T23:55", "Mon 2013-03-11T00:00"),
        ("cron(0/5 8-17 ? * MON-FRI *)", "2013-03-05T17:55", "Wed 2013-03-06T08:00"),
        ("cron(0 9 ? * 2#1 *)", "2013-03-05T10:00", "Mon 2013-04-01T09:00"),
        ("cron(0/30 20-2 ? * MON-FRI *)", "2013-03-05T02:30", "Tue 2013-03-05T20:00"),
        # Days counted from the end, weekdays, names, lists, years.
        ("cron(0 0 L * ? *)", "2013-02-05T10:00", "Thu 2013-02-28T00:00"),
        ("cron(0 0 ? * 6L *)", "2013-02-05T10:00", "Fri 2013-02-22T00:00"),
        ("cron(0 0 ? * FRI#5 *)", "2013-02-05T10:00", "Fri 2013-03-29T00:00"),
        ("cron(0 0 3W * ? *)", "2013-02-28T10:00", "Mon 2013-03-04T00:00"),
        ("cron(0 0 1W * ? *)", "2013-05-31T10:00", "Mon 2013-06-03T00:00"),
        ("cron(0 0 LW * ? *)", "2013-03-05T10:00", "Fri 2013-03-29T00:00"),
        ("cron(0 0 ? JAN,jul SUN 2014)", "2013-03-05T10:00", "Sun 2014-01-05T00:00"),
        ("cron(0 0 31 * ? *)", "2013-03-31T00:00", "Fri 2013-05-31T00:00"),
        ("cron(0 0 1 1 ? 2012)", "2013-03-05T10:00", None),
        ("cron(0 0 ? * FRI-MON *)", "2013-03-04T00:00", "Fri 2013-03-08T00:00"),
        ("rate(12 hours)", "2013-01-01T13:00", "Wed 2013-01-02T00:00"),
        ("rate(1 day)", "2012-12-30T13:00", "Tue 2013-01-01T00:00"),
        ("at(2013-07-01T06:00:00)", "2013-03-05T10:00", "Mon 2013-07-01T06:00"),
        ("at(2013-01-01T06:00:00)", "2013-03-05T10:00", None),
    ],
)
def test_what_falls_due_next(expression: str, after: str, expected: str | None) -> None:
    assert due(expression, after) == expected


def test_a_timezone_moves_the_wall_clock() -> None:
    noon = "cron(0 12 * * ? *)"
    assert due(noon, "2013-01-05T00:00", "America/New_York") == "Sat 2013-01-05T17:00"
    assert due(noon, "2013-07-05T00:00", "America/New_York") == "Fri 2013-07-05T16:00"


def test_a_time_that_daylight_saving_leaps_over_is_skipped() -> None:
    # On 10 March 2013 New York's clocks went from 02:00 to 03:00.
    found = due("cron(30 2 * * ? *)", "2013-03-10T00:00", "America/New_York")
    assert found == "Mon 2013-03-11T06:30"


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("cron(0 6 * * *)", "cron must have 6 fields, got 5"),
        ("cron(0 6 * * * *)", r"\? in exactly one of day-of-month and day-of-week"),
        ("cron(0 6 ? * ? *)", r"\? in exactly one of day-of-month and day-of-week"),
        ("cron(60 6 * * ? *)", "minutes must be 0-59, got '60'"),
        ("cron(0 6 ? * MOX *)", "day-of-week must be 1-7, got 'MOX'"),
        ("cron(0/0 6 * * ? *)", "step must be a positive number"),
        ("cron(0 6 32W * ? *)", "day-of-month must be 1-31, got '32'"),
        ("rate(0 hours)", "rate value must be positive"),
        ("rate(1 hours)", "singular for 1 and plural above"),
        ("rate(2 day)", "singular for 1 and plural above"),
        ("rate(5 weeks)", "must be at.*, rate.* or cron"),
        ("at(2013-02-30T00:00)", "must be at.*, rate.* or cron"),
        ("every day", "must be at.*, rate.* or cron"),
    ],
)
def test_what_aws_would_refuse_is_refused(expression: str, message: str) -> None:
    with pytest.raises(ScheduleError, match=message):
        Schedule.parse(expression)


def test_an_unknown_timezone_is_refused() -> None:
    with pytest.raises(ScheduleError, match="IANA name, got 'Mars/Olympus'"):
        Schedule.parse("rate(1 day)", "Mars/Olympus")
