"""AWS's schedule expressions as Airflow's timetables: the same times, in UTC."""

from __future__ import annotations

import re
from typing import Final, NoReturn

from infra.cron import FIRST_YEAR, LAST_YEAR, WEEKDAYS, Cron
from infra.orchestrators.errors import ExportError

_RATE: Final = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_DAYS: Final = frozenset("0123456789,-/*")
_NAMES: Final = {name.lower(): number for name, number in WEEKDAYS.items()}


def timetable(expression: str, where: str) -> str:
    """Return Python that makes the timetable; ``where`` names file and key for messages.

    Raises:
        ExportError: Airflow's cron has no word for what AWS's says.
    """
    if rate := _RATE.fullmatch(expression):
        return _timetable(_by_the_grid(int(rate[1]), rate[2], where, expression))
    text = expression.removeprefix("cron(").removesuffix(")")
    cron = Cron.parse(text)
    if len(cron.years) != LAST_YEAR - FIRST_YEAR + 1:
        _refuse(where, "must be of every year", expression)
    fields = [
        _list(cron.minutes, 60),
        _list(cron.hours, 24),
        _days_of_month(cron.day_of_month, where, expression),
        _list(cron.months, 12),
        _days_of_week(cron.day_of_week, where, expression),
    ]
    return _timetable(" ".join(fields))


def _timetable(cron: str) -> str:
    """Return the timetable of a cron expression, which begins with its next time.

    With ``run_immediately=False`` Airflow 3.3 runs a new DAG for a time that passed within a tenth
    of the pause before, which the stack may have run already.
    """
    return f'CronTriggerTimetable("{cron}", timezone="UTC", run_immediately=timedelta(seconds=0))'


def _by_the_grid(count: int, unit: str, where: str, expression: str) -> str:
    """Return a rate as a cron expression: from the full hour, or from midnight."""
    if unit == "minute" and 60 % count == 0:
        return f"*/{count} * * * *"
    if unit == "hour" and 24 % count == 0:
        return f"0 */{count} * * *"
    if (count, unit) != (1, "day"):
        _refuse(where, "must be a rate that divides an hour or a day", expression)
    return "0 0 * * *"


def _list(numbers: frozenset[int], whole: int) -> str:
    return "*" if len(numbers) == whole else ",".join(map(str, sorted(numbers)))


def _days_of_month(text: str, where: str, expression: str) -> str:
    if text == "?":
        return "*"
    if text == "L":
        return text
    if not set(text) <= _DAYS:
        _refuse(where, "must name days of the month by numbers, or the last by L", expression)
    return text


def _days_of_week(text: str, where: str, expression: str) -> str:
    """Return the days as cron counts them, from 0 = Sunday; AWS counts from 1."""
    if text in {"?", "*"}:
        return "*"
    found: set[int] = set()
    for part in text.lower().split(","):
        first, dash, last = part.partition("-")
        days = [_NAMES.get(one, int(one) if one.isdigit() else 0) for one in (first, last or first)]
        if 0 in days:
            _refuse(where, "must name days of the week by name or number", expression)
        begin, end = days if dash else (days[0], days[0])
        # FRI-MON: over the end of the week.
        count = (end - begin) % 7 + 1
        found |= {(begin - 1 + step) % 7 for step in range(count)}
    return _list(frozenset(found), 7)


def _refuse(where: str, rule: str, expression: str) -> NoReturn:
    raise ExportError(f"{where} {rule} where Airflow schedules, got {expression!r}")
