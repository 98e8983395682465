"""What a demo plays: the data of a use case as an upstream delivers it, and how it is judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol


class Batch(Protocol):
    """One month of an upstream feed."""

    @property
    def month(self) -> str:
        """``YYYY-MM``."""

    @property
    def files(self) -> Mapping[str, bytes]:
        """What is delivered, by name below the batch's prefix."""

    @property
    def labels(self) -> bytes:
        """The ground truth, ``labels.csv``."""

    def asked(self) -> list[tuple[int, bytes]]:
        """Return requests for the scoring API, JSON lines, with how many rows each asks about."""

    def truth(self) -> dict[str, Any]:
        """Return the labels by row."""

    def broken(self) -> Mapping[str, bytes]:
        """Return the files as a fault upstream would deliver them."""


class Source(Protocol):
    """All of a script's data."""

    def month(self, number: int) -> Batch:
        """Return a month."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """What the screen and the page call things."""

    title: str
    """Of the page."""
    rows: str
    """What is scored: ``flights``."""
    figure: str
    """By which versions are judged, short: ``AUC``."""
    figure_long: str
    """The same, whole: heading of its chart."""
    metadata: str
    """Its key in a version's metadata: ``auc``."""
    stood: str
    """Line about the first version, never retrained: ``frozen after February``."""
    period: str
    """Months served, in words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Script:
    """A use case, played month by month; the first two months are what was before."""

    use_case: str
    stack: str
    year: int
    last_month: int
    """The last for which there is data."""
    broken_month: int
    """The month whose batch first arrives broken."""
    words: Words
    load: Callable[[], Source]
    """Reads the data: seconds."""
    identifier: str
    """Field of predictions that names a row."""
    prediction: Callable[[Mapping[str, Any]], Any]
    """Of one of the scoring API's predictions, what is compared with the label."""
    answered: Callable[[str], Mapping[str, Any]]
    """The same, by row, of an answer of the endpoint itself."""
    measure: Callable[[Mapping[str, Any], Mapping[str, Any]], float]
    """How good predictions are, by labels and predictions of rows."""
    environment: str = ""
    """Environment whose Python runs the model (``.venv-<environment>``); empty: this one."""

    @property
    def curtain(self) -> datetime:
        """When the play begins: January and February have been, and are known."""
        return self.at(3)

    def at(self, month: int, hour: int = 0, minute: int = 0) -> datetime:
        """Return a time of the first day of a month (13 is the January after)."""
        first = datetime(self.year + (month - 1) // 12, (month - 1) % 12 + 1, 1, tzinfo=UTC)
        return first + timedelta(hours=hour, minutes=minute)
