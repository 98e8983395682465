"""The features of the flights use case: plain data, needs the standard library alone.

Steps, scoring function and infrastructure all read it here. Lists are in the order in which a row
is written to and read from CSV.
"""

from __future__ import annotations

USE_CASE = "flights"
OBJECTIVE = "Auc"
"""CloudWatch's name of the metric by which versions are judged."""

LABELS_PREFIX = f"labels/{USE_CASE}/"
"""Where the ground truth lies in the raw bucket, a folder for each batch: files ``labels.csv`` with
columns ``flight_id``, ``landed_at`` (UTC) and ``late``."""
LATE_MINUTES = 15
"""A flight is late when it arrives more than so many minutes after schedule."""

REQUEST_FIELDS = ("flight_id", "carrier", "origin", "dest", "distance", "sched_dep", "tailnum")
"""What is known of a flight before it leaves; ``sched_dep`` is ISO 8601 without a time zone."""

WEATHER_FEATURES = (
    "temp",
    "dewp",
    "humid",
    "wind_dir",
    "wind_speed",
    "wind_gust",
    "precip",
    "pressure",
    "visib",
)

FEATURE_GROUPS = (
    {
        "name": "weather",
        "description": "Weather at the airport of departure, by hour.",
        "record_identifier": "origin_hour",  # JFK|2013-03-05T14
        "event_time": "event_time",
        "features": {
            "origin_hour": "String",
            "event_time": "String",
            **dict.fromkeys(WEATHER_FEATURES, "Fractional"),
        },
    },
    {
        "name": "lateness",
        "description": "Share of late flights among those that landed on the day before, by"
        " carrier, destination or origin.",
        "record_identifier": "entity_day",  # carrier|UA|2013-03-05
        "event_time": "event_time",
        "features": {
            "entity_day": "String",
            "event_time": "String",
            "late_share": "Fractional",
            "flights": "Integral",
        },
    },
    {
        "name": "planes",
        "description": "Aircraft by tail number.",
        "record_identifier": "tailnum",
        "event_time": "event_time",
        "features": {
            "tailnum": "String",
            "event_time": "String",
            "year": "Integral",
            "seats": "Integral",
            "engines": "Integral",
        },
    },
)
"""Event times are UTC, ISO 8601 with seconds and ``Z``."""

STREAMS = {"weather": "pipelines.flights.lambdas.weather_stream.handle"}
"""Feature groups that are also fed by a stream, each with the function that reads it."""

WEATHER_RANGES = {
    "temp": (-80, 140),
    "dewp": (-80, 100),
    "humid": (0, 100),
    "wind_dir": (0, 360),
    "wind_speed": (0, 250),
    "wind_gust": (0, 300),
    "precip": (0, 20),
    "pressure": (800, 1_100),
    "visib": (0, 100),
}
"""What a measurement may be; outside, it is taken as missing."""

HOUR_RANGES = {"year": (1900, 2200), "month": (1, 12), "day": (1, 31), "hour": (0, 24)}

LATENESS_ENTITIES = ("carrier", "dest", "origin")

CATEGORICAL = ("carrier", "origin", "dest")

MODEL_FEATURES = (
    *CATEGORICAL,
    "distance",
    "hour",
    "weekday",  # Monday is 0
    *WEATHER_FEATURES,
    "plane_age",  # years between the plane's year and that of the flight
    "seats",
    *(f"{entity}_late_share" for entity in LATENESS_ENTITIES),
)
"""What the model is given, after ``flight_id``; an empty field is a missing value."""

GROUP_OF = {
    **dict.fromkeys((*CATEGORICAL, "distance", "hour", "weekday"), "request"),
    **dict.fromkeys(WEATHER_FEATURES, "weather"),
    **dict.fromkeys(("plane_age", "seats"), "planes"),
    **{f"{entity}_late_share": "lateness" for entity in LATENESS_ENTITIES},
}
"""Where each model feature comes from: a feature group, or the request itself."""


PREDICTIONS = {
    "flight_id": "string",
    "sched_dep": "timestamp",
    "probability": "double",
    "model_version": "int",
    "model_package": "string",
    "feature_time": "timestamp",
    "scored_at": "timestamp",
}
"""Columns of a day's predictions, with their types in Glue; ``date`` is the partition."""


def weather_key(origin: str, sched_dep: str) -> str:
    """Return the weather record of a flight: ``JFK|2013-03-05T14``."""
    return f"{origin}|{sched_dep[:13]}"


def lateness_key(entity: str, value: str, sched_dep: str) -> str:
    """Return a lateness record of a flight: ``carrier|UA|2013-03-05``."""
    return f"{entity}|{value}|{sched_dep[:10]}"
