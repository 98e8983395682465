"""The online store: the latest record of each identifier, ready to be sent."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Row:
    """One record as the online store keeps it."""

    event_seconds: float
    record: bytes
    """The ``Record`` member of a response, as JSON."""
    expires_seconds: float | None = None
    deleted: bool = False

    def visible(self, now: float) -> bool:
        """Tell whether a reader may see it."""
        return not self.deleted and (self.expires_seconds is None or now < self.expires_seconds)

    def features(self) -> list[dict[str, Any]]:
        """Return the record as ``FeatureName`` and ``ValueAsString``."""
        values: list[dict[str, Any]] = json.loads(self.record)
        return values


class OnlineStore:
    """Rows by record identifier; callers hold the group's lock to write."""

    def __init__(self) -> None:
        self._rows: dict[str, Row] = {}

    def get(self, identifier: str, now: float) -> Row | None:
        """Return the row that a reader sees at ``now``."""
        row = self._rows.get(identifier)
        return row if row is not None and row.visible(now) else None

    def any_state(self, identifier: str) -> Row | None:
        """Return the row even if it is deleted or expired."""
        return self._rows.get(identifier)

    def put(self, identifier: str, row: Row) -> bool:
        """Keep the row unless a later event is known; tell whether it was kept."""
        known = self._rows.get(identifier)
        if known is not None and row.event_seconds < known.event_seconds:
            return False
        self._rows[identifier] = row
        return True

    def remove(self, identifier: str) -> None:
        """Forget the identifier."""
        self._rows.pop(identifier, None)

    def identifiers(self, now: float, *, soft_deleted: bool) -> list[str]:
        """Return what is stored, in order of identifier."""
        return sorted(
            name
            for name, row in self._rows.items()
            if row.visible(now) or (soft_deleted and row.deleted)
        )

    def size_bytes(self) -> int:
        """Return about what the records take."""
        return sum(len(name) + len(row.record) for name, row in list(self._rows.items()))
