"""A record against the schema of its feature group: what Feature Store would refuse, found here."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

Record = list[dict[str, str]]
"""As ``PutRecord`` takes it."""

_EVENT_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")
_INT64 = 2**63


class RecordError(ValueError):
    """A record that no second attempt would make right: names field, rule and value."""


def checked(values: Mapping[str, Any], group: Mapping[str, Any]) -> Record:
    """Return a record of the group; what is ``None`` is left out.

    Raises:
        RecordError: a feature is unknown or of another type, or the identifier or the event time
            is missing.
    """
    features: Mapping[str, str] = group["features"]
    if unknown := sorted(values.keys() - features.keys()):
        raise RecordError(f"{unknown[0]} must be a feature of {group['name']}")
    for needed in (group["record_identifier"], group["event_time"]):
        if values.get(needed) in {None, ""}:
            raise RecordError(f"{needed} must be given, got {values.get(needed)!r}")
    event_time = group["event_time"]
    if features[event_time] == "String" and not _EVENT_TIME.fullmatch(str(values[event_time])):
        raise RecordError(
            f"{event_time} must be ISO 8601 with seconds and Z, got {values[event_time]!r}"
        )
    return [
        {"FeatureName": name, "ValueAsString": _text(name, kind, values[name])}
        for name, kind in features.items()
        if values.get(name) is not None
    ]


def _text(name: str, kind: str, value: object) -> str:
    if kind == "String" and isinstance(value, str):
        return value
    number = not isinstance(value, bool)
    if kind == "Integral" and number and isinstance(value, int) and -_INT64 <= value < _INT64:
        return str(value)
    if kind == "Fractional" and number and isinstance(value, (int, float)) and math.isfinite(value):
        return str(float(value))
    raise RecordError(f"{name} must be {kind}, got {value!r}")
