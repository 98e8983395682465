"""Writes and reads of one group's records."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.emulator.feature_store.group import Group
from infra.emulator.feature_store.offline import Event
from infra.emulator.feature_store.online import Row
from infra.emulator.feature_store.values import (
    ValueRefusedError,
    event_seconds,
    fractional,
    integral,
    ttl_seconds,
)

ONLINE = "OnlineStore"
OFFLINE = "OfflineStore"
UPDATABLE = {"Standard_V2", "InMemory"}
MAX_UPDATED = 100


class RecordRefusedError(Exception):
    """A request that the runtime refuses: AWS's code, HTTP status and message."""

    def __init__(self, message: str, *, code: str = "ValidationError", status: int = 400) -> None:
        super().__init__(message)
        self.message, self.code, self.status = message, code, status


@dataclass(frozen=True, slots=True)
class Record:
    """A record that was checked against its group."""

    identifier: str
    seconds: float
    typed: dict[str, Any]
    features: list[dict[str, str]]
    """As they were sent, without features that have no value."""


def check(group: Group, features: Sequence[Mapping[str, Any]]) -> Record:
    """Return the record, its values typed.

    Raises:
        RecordRefusedError: a feature is unknown, repeated or of another type, or one that every
            record needs is missing.
    """
    typed: dict[str, Any] = {}
    kept: list[dict[str, str]] = []
    definitions = group.definitions
    for feature in features:
        name = feature.get("FeatureName", "")
        definition = definitions.get(name)
        if definition is None:
            raise RecordRefusedError(
                f"Validation Error: feature {name} is not defined in feature group {group.name}"
            )
        if name in typed:
            raise RecordRefusedError(f"Validation Error: feature {name} occurs more than once")
        if "ValueAsStringList" in feature:
            raise RecordRefusedError(f"Validation Error: feature {name} is not a collection")
        text = feature.get("ValueAsString")
        if text is None:
            continue
        typed[name] = _typed(name, definition["FeatureType"], text)
        kept.append({"FeatureName": name, "ValueAsString": text})
    for needed in (group.record_identifier, group.event_time):
        if not str(typed.get(needed, "")):
            raise RecordRefusedError(f"Validation Error: record has no value for feature {needed}")
    texts = {feature["FeatureName"]: feature["ValueAsString"] for feature in kept}
    seconds = _seconds(group, texts[group.event_time])
    return Record(texts[group.record_identifier], seconds, typed, kept)


def put(
    group: Group,
    features: Sequence[Mapping[str, Any]],
    *,
    targets: Sequence[str] | None,
    ttl: Mapping[str, Any] | None,
) -> None:
    """Write a record to the stores asked for; an older event goes to the offline store only.

    Raises:
        RecordRefusedError: the record or the target does not fit the group.
    """
    stores = _targets(group, targets)
    record = check(group, features)
    _store(group, record, stores, ttl_seconds(ttl))


def delete(
    group: Group,
    identifier: str,
    event_time: str,
    *,
    targets: Sequence[str] | None,
    hard: bool,
) -> None:
    """Delete a record online, and append its marker offline.

    Raises:
        RecordRefusedError: the event time is no time, or, for a hard delete, older than the record.
    """
    stores = _targets(group, targets)
    seconds = _seconds(group, event_time)
    if group.online is not None and ONLINE in stores:
        with group.lock:
            known = group.online.any_state(identifier)
            if hard and known is not None and seconds < known.event_seconds:
                raise RecordRefusedError(
                    f"EventTime: {event_time} is older than the record's own event time"
                )
            if hard:
                group.online.remove(identifier)
            elif known is not None:
                group.online.put(identifier, Row(seconds, b"[]", deleted=True))
    if group.offline is not None and OFFLINE in stores:
        values = {
            group.record_identifier: _typed(
                group.record_identifier, group.type_of(group.record_identifier), identifier
            ),
            group.event_time: _typed(group.event_time, group.type_of(group.event_time), event_time),
        }
        group.offline.append([Event(seconds, values, time.time(), deleted=True)])


def update(
    group: Group,
    identifier: str,
    features: Sequence[Mapping[str, Any]],
    *,
    targets: Sequence[str] | None,
    ttl: Mapping[str, Any] | None,
) -> None:
    """Change some features of a record that is there.

    Raises:
        RecordRefusedError: no such record, an older event, or a group whose store cannot do it.
    """
    storage = (group.online_config or {}).get("StorageType", "Standard")
    if storage not in UPDATABLE:
        raise RecordRefusedError(
            f"UpdateRecord needs StorageType {' or '.join(sorted(UPDATABLE))}, got {storage}"
        )
    if not 1 <= len(features) <= MAX_UPDATED:
        raise RecordRefusedError(f"Features must be 1-{MAX_UPDATED}, got {len(features)}")
    stores = _targets(group, targets)
    with group.lock:
        online = online_store(group)
        row = online.get(identifier, time.time())
        if row is None:
            raise RecordRefusedError(
                f"record {identifier} not found", code="ResourceNotFound", status=404
            )
        changed = {feature.get("FeatureName"): feature for feature in features}
        if ttl and group.event_time not in changed:
            raise RecordRefusedError(f"TtlDuration needs a value for feature {group.event_time}")
        merged = {feature["FeatureName"]: feature for feature in row.features()} | changed
        record = check(group, list(merged.values()))
        if record.seconds < row.event_seconds:
            raise RecordRefusedError(
                f"record {identifier} has a later event", code="ConflictException", status=409
            )
        kept_ttl = row.expires_seconds and row.expires_seconds - row.event_seconds
        _store(group, record, stores, ttl_seconds(ttl) or kept_ttl)


def online_store(group: Group) -> Any:  # noqa: ANN401 - OnlineStore, narrowed
    """Return the group's online store.

    Raises:
        RecordRefusedError: it has none.
    """
    if group.online is None:
        raise RecordRefusedError(
            f"Validation Error: feature group {group.name} has no online store enabled"
        )
    return group.online


def _store(group: Group, record: Record, stores: frozenset[str], ttl: float | None) -> None:
    if group.online is not None and ONLINE in stores:
        lasting = group.ttl if ttl is None else ttl
        expires = None if lasting is None else record.seconds + lasting
        row = Row(record.seconds, json.dumps(record.features).encode(), expires)
        with group.lock:
            group.online.put(record.identifier, row)
    if group.offline is not None and OFFLINE in stores:
        group.offline.append([Event(record.seconds, record.typed, time.time())])


def _targets(group: Group, targets: Sequence[str] | None) -> frozenset[str]:
    enabled = frozenset(
        name
        for name, store in ((ONLINE, group.online), (OFFLINE, group.offline))
        if store is not None
    )
    asked = frozenset(targets or enabled)
    if unknown := asked - {ONLINE, OFFLINE}:
        raise RecordRefusedError(
            f"TargetStores must be {ONLINE} or {OFFLINE}, got {sorted(unknown)[0]}"
        )
    if missing := asked - enabled:
        raise RecordRefusedError(
            f"Validation Error: feature group {group.name} has no {sorted(missing)[0]}"
        )
    return asked


def _typed(name: str, kind: str, text: object) -> Any:  # noqa: ANN401 - str, int or float
    if not isinstance(text, str):
        raise RecordRefusedError(f"Validation Error: value of feature {name} must be a string")
    try:
        if kind == "Integral":
            return integral(text)
        return fractional(text) if kind == "Fractional" else text
    except ValueRefusedError as error:
        raise RecordRefusedError(f"Validation Error: {kind} feature {name} {error}") from error


def _seconds(group: Group, text: str) -> float:
    try:
        return event_seconds(text, group.type_of(group.event_time))
    except ValueRefusedError as error:
        raise RecordRefusedError(
            f"Validation Error: event time feature {group.event_time} {error}"
        ) from error
