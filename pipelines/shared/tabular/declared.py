"""What a use case on one table declares: its columns, their rules, its label, its features.

Standard library alone: functions and infrastructure read it, too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["number", "category", "time", "identifier"]
Problem = Literal["binary", "multiclass", "regression"]
RESERVED = frozenset(
    {"event_time", "known_at", "prediction", "write_time", "api_invocation_time", "is_deleted"}
)
"""Names that the feature store, or what follows from the columns, has taken."""
TABLE = "rows"
"""Name of the table, its file ``rows.csv`` and its feature group."""
EVENT_TIME = "event_time"
METRICS: Mapping[Problem, tuple[str, str]] = {
    "binary": ("auc", "Auc"),
    "multiclass": ("balanced_accuracy", "BalancedAccuracy"),
    "regression": ("r2", "R2"),
}
"""What versions are judged by: name in reports, and CloudWatch's."""


@dataclass(frozen=True)
class Column:
    """What a column of the raw table must hold."""

    kind: Kind
    low: float = -math.inf
    """Of a number: less is taken as missing, and ends the batch where there is much of it."""
    high: float = math.inf
    values: tuple[str, ...] = ()
    """Of a category: all that it may be; empty allows any."""
    missing: float = 0.0
    """Share of the rows that may have no value (0-1)."""


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A use case on one table."""

    use_case: str
    problem: Problem
    label: str
    """Name of the label, in label files."""
    classes: tuple[str, ...] = ()
    """What the label may be, in label files and answers; empty for regression."""
    columns: Mapping[str, Column]
    """Of the raw table; one is the identifier, one the time."""
    made: Mapping[str, Kind] = field(default_factory=dict)
    """Features that ``features.py`` makes, ``number`` or ``category``."""
    left_out: frozenset[str] = frozenset()
    """Columns that are no features."""

    def __post_init__(self) -> None:
        for kind in ("identifier", "time"):
            if sum(one.kind == kind for one in self.columns.values()) < 1:
                raise ValueError(f"columns must hold one of kind {kind}, got none")
        if taken := sorted(RESERVED & {self.label, *self.columns, *self.made}):
            raise ValueError(f"columns must not be named as the feature store's, got {taken}")
        if self.label in {*self.columns, *self.made}:
            raise ValueError(f"label must come in label files alone, got it as column {self.label}")
        if not self.features:
            raise ValueError("columns must hold a number or a category, got none")
        if (self.problem == "regression") == bool(self.classes):
            raise ValueError(
                f"classes must be named unless the problem is regression, got {self.classes}"
            )
        if self.problem == "binary" and len(self.classes) != 2:  # noqa: PLR2004 - no and yes
            raise ValueError(f"classes of a binary label must be two, got {self.classes}")

    @property
    def identifier(self) -> str:
        """Column that names a row."""
        return next(name for name, one in self.columns.items() if one.kind == "identifier")

    @property
    def time(self) -> str:
        """Column of the moment that a row is about."""
        return next(name for name, one in self.columns.items() if one.kind == "time")

    @property
    def features(self) -> Mapping[str, Kind]:
        """What the model is given, in order."""
        own = {
            name: one.kind
            for name, one in self.columns.items()
            if one.kind in {"number", "category"} and name not in self.left_out
        }
        return {**own, **self.made}

    @property
    def categorical(self) -> tuple[str, ...]:
        """Features that hold no numbers."""
        return tuple(name for name, kind in self.features.items() if kind == "category")

    @property
    def objective(self) -> str:
        """CloudWatch's name of what versions are judged by."""
        return METRICS[self.problem][1]

    def feature_groups(self, description: str) -> Sequence[Mapping[str, object]]:
        """Return the feature group that holds the features of a row."""
        types = {"number": "Fractional", "category": "String"}
        return (
            {
                "name": TABLE,
                "description": description,
                "record_identifier": self.identifier,
                "event_time": EVENT_TIME,
                "features": {
                    self.identifier: "String",
                    EVENT_TIME: "String",
                    **{name: types[kind] for name, kind in self.features.items()},
                },
            },
        )
