"""One look at a stack: what every page asks from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from infra.status.measurements import service_time
from infra.ui.panels import Asker, Panel
from infra.ui.source import Place, Source


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """Who is asked, and when."""

    source: Source
    place: Place
    asker: Asker
    now: datetime
    """The service's own time: the emulator's clock is not this machine's."""

    def ask(self, questions: Mapping[str, Callable[[], Any]]) -> dict[str, Panel]:
        """Return the answers by the questions' names."""
        return self.asker.ask(questions)

    def client(self, service: str) -> Any:
        """Return the client of a service's name."""
        return self.place.client(service)

    @property
    def stack(self) -> str:
        """Name of the stack."""
        return self.source.stack

    def prefix(self, use_case: str) -> str:
        """Return what names of a use case's things begin with; its endpoint's and group's name."""
        return f"{self.stack}-{use_case}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """What a template is rendered with."""

    template: str
    title: str
    use_case: str = ""
    section: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


def look(source: Source, asker: Asker) -> Look:
    """Begin a look.

    Raises:
        NowhereError: there is nothing to look at.
        AdminError: what should be the emulator does not answer as one.
        ClientError: not even the time is told: the credentials are no good.
        BotoCoreError: nothing answers.
    """
    place = source.place()
    now = service_time(place.client).astimezone(UTC)
    return Look(source=source, place=place, asker=asker, now=now)
