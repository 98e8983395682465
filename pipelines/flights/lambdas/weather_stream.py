"""Lambda handler of the weather stream: an observation of an airport's hour, as JSON.

The same raw columns as the batch's ``weather.csv``, and the same record of them: keys in capitals,
a measurement out of its range is missing, an observation without its hour is none.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import boto3

from pipelines.flights.schema import FEATURE_GROUPS, HOUR_RANGES, WEATHER_FEATURES, WEATHER_RANGES
from pipelines.shared.stream.consumer import consume, stream
from pipelines.shared.stream.records import RecordError

GROUP: Mapping[str, Any] = next(group for group in FEATURE_GROUPS if group["name"] == "weather")
_MISSING = frozenset({"", "NA", "NaN", "nan", "null", "None"})


def handle(event: Mapping[str, Any], context: object = None) -> dict[str, Any]:
    """Write the observations of one batch of the stream; report what to try again."""
    del context
    return consume(event, stream(GROUP, _client), record)


def record(observation: Mapping[str, Any]) -> dict[str, Any]:
    """Return the features of an observation.

    Raises:
        RecordError: airport or hour is missing, or a measurement is no number.
    """
    origin = observation.get("origin")
    if not isinstance(origin, str) or not origin.strip():
        raise RecordError(f"origin must be an airport, got {origin!r}")
    hour = _hour(observation)
    measured = {name: _number(name, observation, WEATHER_RANGES[name]) for name in WEATHER_FEATURES}
    return {
        "origin_hour": f"{origin.strip().upper()}|{hour:%Y-%m-%dT%H}",
        "event_time": f"{hour:%Y-%m-%dT%H:%M:%SZ}",
        **measured,
    }


def _hour(observation: Mapping[str, Any]) -> datetime:
    parts = {}
    for name, allowed in HOUR_RANGES.items():
        number = _number(name, observation, allowed)
        if number is None:
            low, high = allowed
            raise RecordError(f"{name} must be {low}-{high}, got {observation.get(name)!r}")
        parts[name] = int(number)
    try:
        day = datetime(parts["year"], parts["month"], parts["day"])
    except ValueError as error:
        raise RecordError(
            f"day must be one of its month, got {observation.get('day')!r}"
        ) from error
    return day + timedelta(hours=parts["hour"])


def _number(
    name: str, observation: Mapping[str, Any], allowed: tuple[float, float]
) -> float | None:
    value = observation.get(name)
    if value is None or (isinstance(value, str) and value.strip() in _MISSING):
        return None
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        number = math.nan
    if math.isnan(number):
        raise RecordError(f"{name} must be a number, got {value!r}")
    low, high = allowed
    return number if low <= number <= high else None


@functools.cache
def _client(service: str) -> Any:  # noqa: ANN401 - boto3's clients have no static type
    make: Any = boto3.client
    return make(service)
