"""``PutEvents``: AWS's checks, then the emulator's delivery."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from moto.events.exceptions import ValidationException
from moto.events.models import EventsBackend

from infra.emulator.events.bus import Bus

MAX_ENTRIES = 10
MAX_BYTES = 262_144


def put(bus: Bus, backend: EventsBackend, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Publish the good entries; a bad one is answered with its error.

    Raises:
        ValidationException: more than ``MAX_ENTRIES`` entries or ``MAX_BYTES`` bytes.
    """
    if not 1 <= len(entries) <= MAX_ENTRIES:
        raise ValidationException(
            f"1 validation error detected: Value at 'entries' failed to satisfy constraint: "
            f"Member must have length between 1 and {MAX_ENTRIES}, got {len(entries)}"
        )
    if (size := sum(map(_size, entries))) > MAX_BYTES:
        raise ValidationException(
            f"Total size of the entries in the request is over the limit, got {size} bytes"
        )
    return [_put_one(bus, backend, entry) for entry in entries]


def _put_one(bus: Bus, backend: EventsBackend, entry: Mapping[str, Any]) -> dict[str, Any]:
    for field in ("Source", "DetailType", "Detail"):
        if not entry.get(field):
            return _refusal(
                "InvalidArgument",
                f"Parameter {field} is not valid. Reason: {field} is a required argument.",
            )
    if str(entry["Source"]).startswith("aws."):
        return _refusal("NotAuthorizedForSourceException", "Not authorized for the source.")
    try:
        detail = json.loads(entry["Detail"])
    except ValueError:
        detail = None
    if not isinstance(detail, dict):
        return _refusal("MalformedDetail", "Detail is malformed.")
    name = str(entry.get("EventBusName") or "default").rsplit("/", 1)[-1]
    event = bus.event(
        entry["Source"],
        entry["DetailType"],
        detail,
        list(entry.get("Resources") or []),
        backend.region_name,
        time=_moment(entry.get("Time")),
    )
    if name in backend.event_buses:
        # AWS accepts events for a bus that is not there, and drops them.
        bus.publish(backend.region_name, name, event)
    return {"EventId": event["id"]}


def _size(entry: Mapping[str, Any]) -> int:
    fields = [str(entry.get(name) or "") for name in ("Source", "DetailType", "Detail")]
    time_bytes = 14 if entry.get("Time") else 0
    resources = [str(arn) for arn in entry.get("Resources") or []]
    return time_bytes + sum(len(text.encode()) for text in [*fields, *resources])


def _moment(value: Any) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value
    return datetime.fromtimestamp(float(value), UTC)


def _refusal(code: str, message: str) -> dict[str, Any]:
    return {"ErrorCode": code, "ErrorMessage": message}
