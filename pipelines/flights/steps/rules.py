"""What the raw tables of flights must hold."""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.flights import schema
from pipelines.shared.steps.rules import Column, Table

TABLES: Mapping[str, Table] = {
    "flights": Table(
        "flights",
        {
            "flight_id": Column(),
            "carrier": Column(),
            "origin": Column(),
            "dest": Column(),
            "tailnum": Column(),
            "distance": Column("number", 1, 20_000),
            "sched_dep": Column("time"),
            "landed_at": Column("time"),
            "arr_delay": Column("number", -300, 3_000),
        },
        identifier="flight_id",
        time="sched_dep",
    ),
    "weather": Table(
        "weather",
        {
            "origin": Column(),
            **{
                name: Column("number", low, high)
                for name, (low, high) in {**schema.HOUR_RANGES, **schema.WEATHER_RANGES}.items()
            },
        },
    ),
    "planes": Table(
        "planes",
        {
            "tailnum": Column(),
            "year": Column("number", 1900, 2200),
            "seats": Column("number", 1, 1_000),
            "engines": Column("number", 1, 12),
        },
    ),
}
FLIGHTS = TABLES["flights"]
