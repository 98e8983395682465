"""Reads the online features of flights, many records at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

from pipelines.flights.lambdas.flights import Flight
from pipelines.flights.schema import LATENESS_ENTITIES, WEATHER_FEATURES, lateness_key, weather_key

BATCH = 100
"""Records that ``BatchGetRecord`` takes of one group."""
ATTEMPTS = 5
FIRST_WAIT_SECONDS = 0.05

FEATURES: Mapping[str, Sequence[str]] = {
    "weather": WEATHER_FEATURES,
    "lateness": ("late_share",),
    "planes": ("year", "seats"),
}
Records = Mapping[tuple[str, str], Mapping[str, str]]
"""Features of a record, by group and record identifier; a record that is not there is absent."""


class FeaturesUnavailableError(Exception):
    """The feature store did not answer for records that may well be there."""


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


def fetch(
    runtime: Any,  # noqa: ANN401 - boto3's
    names: Mapping[str, str],
    flights: Iterable[Flight],
    pool: Executor,
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> Records:
    """Return all records of the flights that exist; ``names`` gives AWS's name of each group.

    Raises:
        FeaturesUnavailableError: records stayed unprocessed, or the store answered with an error.
        botocore.exceptions.ClientError: the call itself was refused.
    """
    wanted: dict[str, dict[str, None]] = {group: {} for group in FEATURES}
    for flight in flights:
        for group, identifier in keys(flight):
            wanted[group][identifier] = None
    batches = [
        (group, list(identifiers)[first : first + BATCH])
        for group, identifiers in wanted.items()
        for first in range(0, len(identifiers), BATCH)
    ]
    short = {name: group for group, name in names.items()}

    def get(batch: tuple[str, list[str]]) -> list[tuple[tuple[str, str], dict[str, str]]]:
        return _get(runtime, names[batch[0]], batch, short, sleep)

    return {key: record for found in pool.map(get, batches) for key, record in found}


def _get(
    runtime: Any,  # noqa: ANN401 - boto3's
    name: str,
    batch: tuple[str, list[str]],
    short: Mapping[str, str],
    sleep: Callable[[float], None],
) -> list[tuple[tuple[str, str], dict[str, str]]]:
    group, identifiers = batch
    found: list[tuple[tuple[str, str], dict[str, str]]] = []
    pending: list[dict[str, Any]] = [
        {
            "FeatureGroupName": name,
            "RecordIdentifiersValueAsString": identifiers,
            "FeatureNames": list(FEATURES[group]),
        }
    ]
    for attempt in range(ATTEMPTS):
        answer = runtime.batch_get_record(Identifiers=pending)
        if errors := answer.get("Errors"):
            first = errors[0]
            raise FeaturesUnavailableError(
                f"{first['FeatureGroupName']} {first['RecordIdentifierValueAsString']}: "
                f"{first['ErrorCode']}: {first['ErrorMessage']}"
            )
        for record in answer["Records"]:
            named = record["FeatureGroupName"].rsplit("/", 1)[-1]
            values = {one["FeatureName"]: one["ValueAsString"] for one in record["Record"]}
            found.append(((short[named], record["RecordIdentifierValueAsString"]), values))
        pending = answer.get("UnprocessedIdentifiers") or []
        if not pending:
            return found
        sleep(FIRST_WAIT_SECONDS * 2**attempt)
    left = sum(len(one["RecordIdentifiersValueAsString"]) for one in pending)
    raise FeaturesUnavailableError(f"{name}: {left} records unprocessed after {ATTEMPTS} attempts")
