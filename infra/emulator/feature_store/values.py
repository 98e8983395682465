"""What a record's values mean: event times, types, time to live."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")
_INTEGRAL = re.compile(r"[+-]?\d{1,19}")
_UNIT_SECONDS: Final = {
    "Seconds": 1,
    "Minutes": 60,
    "Hours": 3_600,
    "Days": 86_400,
    "Weeks": 604_800,
}
_INT64 = 2**63


class ValueRefusedError(ValueError):
    """A value that does not have its feature's type."""


@lru_cache(maxsize=65_536)
def event_seconds(text: str, feature_type: str) -> float:
    """Return an event time in seconds since 1970.

    Raises:
        ValueRefusedError: not one of the two ISO-8601 forms, or not a Unix time, as the type asks.
    """
    if feature_type == "Fractional":
        return fractional(text)
    if not _ISO.fullmatch(text):
        raise ValueRefusedError(
            f"must be yyyy-MM-dd'T'HH:mm:ssZ or yyyy-MM-dd'T'HH:mm:ss.SSSZ, got {text!r}"
        )
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError as error:
        raise ValueRefusedError(f"must be a time, got {text!r}") from error


def integral(text: str) -> int:
    """Return a 64-bit integer.

    Raises:
        ValueRefusedError: the text is none.
    """
    if not _INTEGRAL.fullmatch(text) or not -_INT64 <= int(text) < _INT64:
        raise ValueRefusedError(f"must be a 64-bit integer, got {text!r}")
    return int(text)


def fractional(text: str) -> float:
    """Return a double.

    Raises:
        ValueRefusedError: the text is none, or not finite.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if "_" in text or not math.isfinite(value):
        raise ValueRefusedError(f"must be a finite number, got {text!r}")
    return value


def ttl_seconds(duration: Mapping[str, Any] | None) -> float | None:
    """Return a ``TtlDuration`` in seconds; ``None`` where there is none."""
    if not duration or duration.get("Value") is None:
        return None
    return float(_UNIT_SECONDS[duration["Unit"]] * duration["Value"])


def iso_seconds(seconds: float) -> str:
    """Return seconds since 1970 as ISO-8601 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
