"""Feature groups whose schema the head declares as no update can make it."""

from __future__ import annotations

from infra.feature_schemas import Schema, SchemaChangeError, guard
from infra.plan.snapshot import FeatureSchema, Snapshot


class _Standing:
    def __init__(self, snapshot: Snapshot) -> None:
        self._schemas = {one.group: _schema(one) for one in snapshot.schemas}

    def of(self, group: str) -> Schema | None:
        return self._schemas.get(group)


def refusals(base: Snapshot | None, head: Snapshot | None) -> list[str]:
    """Return for each such group what is wrong, and the way to have it all the same."""
    if base is None or head is None:
        return []
    try:
        guard([_schema(one) for one in head.schemas], _Standing(base))
    except SchemaChangeError as error:
        return str(error).split("\n\n")
    return []


def _schema(one: FeatureSchema) -> Schema:
    return Schema(
        group=one.group,
        record_identifier=one.record_identifier,
        event_time=one.event_time,
        features=one.features,
        offline_table=one.offline_table,
    )
