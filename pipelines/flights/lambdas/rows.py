"""Turns flights and their online records into what the model reads; counts what was missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from pipelines.flights.lambdas.flights import Flight
from pipelines.flights.schema import (
    CATEGORICAL,
    LATENESS_ENTITIES,
    MODEL_FEATURES,
    WEATHER_FEATURES,
    lateness_key,
    weather_key,
)
from pipelines.shared.scoring.use_case import Records

FEATURES: Mapping[str, Sequence[str]] = {
    "weather": WEATHER_FEATURES,
    "lateness": ("late_share",),
    "planes": ("year", "seats"),
}


def keys(flight: Flight) -> list[tuple[str, str]]:
    """Return group and identifier of every record of a flight."""
    departure = flight["sched_dep"]
    found = [("weather", weather_key(flight["origin"], departure))]
    found += [
        ("lateness", lateness_key(entity, flight[entity], departure))
        for entity in LATENESS_ENTITIES
    ]
    if flight["tailnum"]:
        found.append(("planes", flight["tailnum"]))
    return found


def row(flight: Flight, records: Records) -> str:
    """Return the CSV line of a flight: its id, then ``MODEL_FEATURES``; empty is missing."""
    departure = flight["sched_dep"]
    day = date(int(departure[:4]), int(departure[5:7]), int(departure[8:10]))
    weather = records.get(("weather", weather_key(flight["origin"], departure)), {})
    plane = records.get(("planes", flight["tailnum"]), {})
    values = {
        **{name: flight[name] for name in CATEGORICAL},
        "distance": flight["distance"],
        "hour": departure[11:13].lstrip("0") or "0",
        "weekday": str(day.weekday()),
        **{name: weather.get(name, "") for name in WEATHER_FEATURES},
        "plane_age": str(day.year - int(float(plane["year"]))) if plane.get("year") else "",
        "seats": plane.get("seats", ""),
    }
    for entity in LATENESS_ENTITIES:
        record = records.get(("lateness", lateness_key(entity, flight[entity], departure)), {})
        values[f"{entity}_late_share"] = record.get("late_share", "")
    # No value needs quotes: requests are checked, features are numbers.
    return ",".join([flight["flight_id"], *(values[name] for name in MODEL_FEATURES)])


def missing(flights: Iterable[Flight], records: Records) -> dict[str, int]:
    """Return, by feature group, for how many flights a record was not there."""
    counts = dict.fromkeys(FEATURES, 0)
    for flight in flights:
        groups = {group for group, identifier in keys(flight) if (group, identifier) not in records}
        if not flight["tailnum"]:
            groups.add("planes")
        for group in groups:
            counts[group] += 1
    return counts
