"""AWS's cron expressions: minutes, hours, day of month, month, day of week, year.

``cron(0 6 ? * MON-FRI *)``. One of the two day fields must be ``?``. Wildcards as AWS documents
them: ``,`` ``-`` ``*`` ``/`` everywhere; ``L`` and ``W`` for days of the month, ``L`` and ``#`` for
days of the week, which count from 1 = Sunday.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
WEEKDAYS = {
    name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), 1)
}
FIRST_YEAR, LAST_YEAR = 1970, 2199
FIELDS = 6


class ScheduleError(ValueError):
    """A schedule expression that AWS refuses: names the field, the rule and the value."""


@dataclass(frozen=True, slots=True)
class Cron:
    """A parsed expression; its times are wall-clock times of the schedule's zone."""

    minutes: frozenset[int]
    hours: frozenset[int]
    months: frozenset[int]
    years: frozenset[int]
    day_of_month: str
    day_of_week: str

    @classmethod
    def parse(cls, text: str) -> Cron:
        """Return the expression within ``cron(...)``.

        Raises:
            ScheduleError: not six fields, or a field that AWS would refuse.
        """
        fields = text.upper().split()
        if len(fields) != FIELDS:
            raise ScheduleError(f"cron must have {FIELDS} fields, got {len(fields)} in {text!r}")
        minute, hour, day, month, weekday, year = fields
        if (day == "?") == (weekday == "?"):
            raise ScheduleError(
                f"cron must have ? in exactly one of day-of-month and day-of-week, got {text!r}"
            )
        cron = cls(
            minutes=_numbers("minutes", minute, 0, 59),
            hours=_numbers("hours", hour, 0, 23),
            months=_numbers("month", month, 1, 12, MONTHS),
            years=_numbers("year", year, FIRST_YEAR, LAST_YEAR),
            day_of_month=day,
            day_of_week=weekday,
        )
        # Refuses a wrong day field now, not when it falls due.
        cron._days(2000, 1)
        return cron

    def next_after(self, moment: datetime) -> datetime | None:
        """Return the first time after ``moment`` (both naive), ``None`` if there is none."""
        start = moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
        for year in range(max(start.year, FIRST_YEAR), LAST_YEAR + 1):
            if year not in self.years:
                continue
            for month in sorted(self.months):
                if (year, month) < (start.year, start.month):
                    continue
                for day in sorted(self._days(year, month)):
                    if found := self._within(date(year, month, day), start):
                        return found
        return None

    def times_within(self, year: int) -> int:
        """Return how often it falls due in a year."""
        if year not in self.years:
            return 0
        days = sum(len(self._days(year, month)) for month in self.months)
        return days * len(self.hours) * len(self.minutes)

    def _within(self, day: date, start: datetime) -> datetime | None:
        if day < start.date():
            return None
        for hour in sorted(self.hours):
            for minute in sorted(self.minutes):
                found = datetime(day.year, day.month, day.day, hour, minute)
                if found >= start:
                    return found
        return None

    def _days(self, year: int, month: int) -> set[int]:
        if self.day_of_month != "?":
            return _days_of_month(self.day_of_month, year, month)
        return _days_of_week(self.day_of_week, year, month)


def _numbers(
    field: str, text: str, low: int, high: int, names: dict[str, int] | None = None
) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        if step and (not step.isdigit() or int(step) < 1):
            raise ScheduleError(f"cron {field}: step must be a positive number, got {part!r}")
        first, dash, last = span.partition("-")
        if span == "*":
            begin, end = low, high
        else:
            begin = _number(field, first, low, high, names)
            end = _number(field, last, low, high, names) if dash else (high if step else begin)
        if begin > end:
            # FRI-MON: over the end of the week or year.
            found |= {*range(begin, high + 1), *range(low, end + 1)}
        else:
            found |= set(range(begin, end + 1, int(step or 1)))
    return frozenset(found)


def _number(field: str, text: str, low: int, high: int, names: dict[str, int] | None) -> int:
    value = (names or {}).get(text, int(text) if text.isdigit() else None)
    if value is None or not low <= value <= high:
        raise ScheduleError(f"cron {field} must be {low}-{high}, got {text!r}")
    return value


def _days_of_month(text: str, year: int, month: int) -> set[int]:
    last = calendar.monthrange(year, month)[1]
    found: set[int] = set()
    for part in text.split(","):
        if part == "L":
            found.add(last)
        elif part == "LW":
            found.add(_nearest_weekday(year, month, last, last))
        elif near := re.fullmatch(r"(\d{1,2})W", part):
            day = _number("day-of-month", near[1], 1, 31, None)
            if day <= last:
                found.add(_nearest_weekday(year, month, day, last))
        else:
            found |= {day for day in _numbers("day-of-month", part, 1, 31) if day <= last}
    return found


def _nearest_weekday(year: int, month: int, day: int, last: int) -> int:
    """Return the Monday to Friday nearest to the day, within its month."""
    weekday = date(year, month, day).weekday()
    if weekday == calendar.SATURDAY:
        return day - 1 if day > 1 else day + 2
    if weekday == calendar.SUNDAY:
        return day + 1 if day < last else day - 2
    return day


def _days_of_week(text: str, year: int, month: int) -> set[int]:
    last = calendar.monthrange(year, month)[1]

    def days(weekday: int) -> list[int]:
        return [
            day
            for day in range(1, last + 1)
            if (date(year, month, day).isoweekday() % 7) + 1 == weekday
        ]

    found: set[int] = set()
    for part in text.split(","):
        if part == "L":
            found |= set(days(WEEKDAYS["SAT"]))
        elif final := re.fullmatch(r"(\w+)L", part):
            found.add(days(_number("day-of-week", final[1], 1, 7, WEEKDAYS))[-1])
        elif nth := re.fullmatch(r"(\w+)#(\d)", part):
            occurrence = _number("day-of-week", nth[2], 1, 5, None)
            found |= set(days(_number("day-of-week", nth[1], 1, 7, WEEKDAYS))[occurrence - 1 :][:1])
        else:
            for weekday in _numbers("day-of-week", part, 1, 7, WEEKDAYS):
                found |= set(days(weekday))
    return found
