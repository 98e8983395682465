"""Reads the flights of a request, CSV with a header or JSON lines; refuses what is no flight."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from pipelines.flights.schema import REQUEST_FIELDS
from pipelines.shared.scoring import lines
from pipelines.shared.scoring.errors import RequestError

Flight = dict[str, str]

OPTIONAL = frozenset({"tailnum"})
"""Not every flight has its plane assigned when it is asked for."""
HALFWAY_ROUND_MILES = 12_500
"""No two places are farther apart."""
_LOCAL_HOUR = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?")


def read(body: str, content_type: str) -> list[Flight]:
    """Return the flights in the order of the request.

    Raises:
        RequestError: it is not CSV or JSON lines, is empty, or a row is no flight.
    """
    rows = lines.read(body, content_type, REQUEST_FIELDS)
    flights = [_flight(number, row) for number, row in enumerate(rows, 1)]
    if not flights:
        raise RequestError("request must hold at least one flight, got none")
    lines.check_unique(flights, "flight_id")
    return flights


def _flight(number: int, row: Mapping[str, Any]) -> Flight:
    if unknown := sorted(row.keys() - set(REQUEST_FIELDS)):
        raise RequestError("is not a field of a request", row=number, field=unknown[0] or "(extra)")
    flight: Flight = {}
    for field, (holds, rule) in _RULES.items():
        value = row.get(field)
        text = "" if value is None else str(value).strip()
        if not (holds(text) or (not text and field in OPTIONAL)):
            raise RequestError(rule, row=number, field=field, value=value)
        flight[field] = text
    return flight


def _matches(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda text: compiled.fullmatch(text) is not None


def _is_distance(text: str) -> bool:
    try:
        return 0 < float(text) < HALFWAY_ROUND_MILES
    except ValueError:
        return False


def _is_local_time(text: str) -> bool:
    try:
        return bool(_LOCAL_HOUR.fullmatch(text)) and datetime.fromisoformat(text) is not None
    except ValueError:
        return False


_RULES: dict[str, tuple[Callable[[str], bool], str]] = {
    "flight_id": (
        _matches(r"[^,\"\s][^,\"\r\n]{0,127}"),
        "must be 1-128 characters, no comma or quote",
    ),
    "carrier": (_matches(r"[A-Z0-9]{2}"), "must be two capitals or digits"),
    "origin": (_matches(r"[A-Z]{3}"), "must be three capitals"),
    "dest": (_matches(r"[A-Z]{3}"), "must be three capitals"),
    "distance": (_is_distance, "must be a number of miles, above 0 and below 12500"),
    "sched_dep": (_is_local_time, "must be a local time like 2013-03-05T14:00:00"),
    "tailnum": (_matches(r"[A-Z0-9-]{1,10}"), "must be up to ten capitals or digits, or empty"),
}
