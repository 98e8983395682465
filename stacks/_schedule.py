"""Schedule expressions as EventBridge reads them (UTC)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, NoReturn

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_FIELDS: tuple[tuple[str, int, int, Sequence[str]], ...] = (
    ("minutes", 0, 59, ()),
    ("hours", 0, 23, ()),
    ("day of month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of week", 1, 7, _DAYS),
    ("year", 1970, 2199, ()),
)
_DAY_OF_MONTH, _DAY_OF_WEEK = 2, 4
_RATE = re.compile(r"rate\((1 (minute|hour|day)|([2-9]|[1-9]\d+) (minutes|hours|days))\)")
_CRON = re.compile(r"cron\((.*)\)")


def schedule(expression: str) -> str:
    """Return ``expression`` where EventBridge would accept it.

    Raises:
        PydanticCustomError: it is neither ``cron(...)`` of six fields nor ``rate(...)``, or a
            field is out of range; the message names the field.
    """
    if _RATE.fullmatch(expression):
        return expression
    match = _CRON.fullmatch(expression)
    if match is None:
        _refuse("must be cron(minutes hours day-of-month month day-of-week year) or rate(n unit)")
    parts = match.group(1).split(" ")
    if len(parts) != len(_FIELDS):
        _refuse(f"must have 6 cron fields separated by one blank, not {len(parts)}")
    if (parts[_DAY_OF_MONTH] == "?") == (parts[_DAY_OF_WEEK] == "?"):
        _refuse("must have '?' in exactly one of day of month and day of week")
    for index, (part, (name, low, high, words)) in enumerate(zip(parts, _FIELDS, strict=True)):
        if not _holds(part, low, high, words, index):
            _refuse(f"has an impossible {name} {part!r} ({low}-{high})")
    return expression


def _holds(part: str, low: int, high: int, words: Sequence[str], index: int) -> bool:
    if part == "?":
        return index in {_DAY_OF_MONTH, _DAY_OF_WEEK}
    if index == _DAY_OF_MONTH and part in {"L", "LW"}:
        return True
    return all(_item(item, low, high, words, index) for item in part.split(","))


def _item(item: str, low: int, high: int, words: Sequence[str], index: int) -> bool:
    base, slash, step = item.partition("/")
    if slash and not (step.isdigit() and int(step) > 0):
        return False
    if base == "*":
        return True
    if index == _DAY_OF_MONTH and not slash and base.endswith("W"):
        base = base[:-1]
    if index == _DAY_OF_WEEK and not slash:
        if base == "L":
            return True
        base, _, nth = base.partition("#")
        if nth and nth not in {"1", "2", "3", "4", "5"}:
            return False
        base = base.removesuffix("L")
    first, dash, last = base.partition("-")
    bounds = [_number(word, words) for word in ((first, last) if dash else (first,))]
    return all(bound is not None and low <= bound <= high for bound in bounds)


def _number(word: str, words: Sequence[str]) -> int | None:
    if word.upper() in words:
        return words.index(word.upper()) + 1
    return int(word) if word.isdigit() else None


def _refuse(rule: str) -> NoReturn:
    raise PydanticCustomError("schedule", "{rule}", {"rule": rule})


Schedule = Annotated[str, AfterValidator(schedule)]
