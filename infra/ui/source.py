"""Where the page's facts come from: this folder's emulator, or AWS."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.config import Config

from infra.emulator.remote import Admin
from infra.resources.clients import EndpointClients
from infra.ui.read_only import ReadOnly
from stacks.config import StackConfig
from stacks.layers import load
from stacks.use_case import UseCase

PATIENCE = Config(
    connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 3}
)
"""With AWS: a page that waits for minutes tells nothing."""
ADMIN_SECONDS = 10.0


class NowhereError(LookupError):
    """There is nothing to look at; the message says what to do about it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """One emulator, or AWS."""

    client: ReadOnly
    endpoint: str | None
    """The emulator's; ``None`` for AWS."""

    @property
    def name(self) -> str:
        """How the page calls it."""
        return "AWS" if self.endpoint is None else f"the emulator at {self.endpoint}"


class Source:
    """Finds the place at each page anew: an emulator may end and another begin."""

    def __init__(
        self, stack: str, root: Path, *, running: Callable[[], str | None], aws: bool = False
    ) -> None:
        """Read the stack's settings; ``running`` returns the endpoint of the emulator, if any.

        Raises:
            StackError: the stack is unknown or its files break rules.
        """
        self.stack = stack
        self.config: StackConfig = load(stack, root).config
        self._running = running
        self._aws = aws
        self._place: Place | None = None
        self._lock = threading.Lock()

    def place(self) -> Place:
        """Return where to look.

        Raises:
            NowhereError: no emulator runs, or the stack does not stand on it.
            AdminError: what should be the emulator does not answer as one.
        """
        endpoint = None if self._aws else self._running()
        if endpoint is None and not self._aws:
            raise NowhereError(
                f"No emulator runs here. `mlops up -s {self.stack}` starts one and stands the "
                f"stack up on it; `mlops ui -s {self.stack} --aws` looks at AWS itself."
            )
        with self._lock:
            if self._place is None or self._place.endpoint != endpoint:
                if self._place is not None:
                    self._place.client.close()
                self._place = Place(client=self._clients(endpoint), endpoint=endpoint)
            place = self._place
        if endpoint is not None:
            standing = Admin(endpoint, wait_seconds=ADMIN_SECONDS).stacks()
            if self.stack not in standing:
                others = f"; what stands is {', '.join(standing)}" if standing else ""
                raise NowhereError(
                    f"The stack {self.stack} does not stand on the emulator at {endpoint}{others}. "
                    f"`mlops up -s {self.stack}` stands it up."
                )
        return place

    def use_case(self, name: str) -> UseCase:
        """Return the settings of a use case.

        Raises:
            LookupError: the stack has no such use case.
        """
        known = self.config.use_cases
        if name not in known:
            raise LookupError(f"use case must be one of {sorted(known)}, got {name!r}")
        return known[name]

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            if self._place is not None:
                self._place.client.close()
                self._place = None

    def _clients(self, endpoint: str | None) -> ReadOnly:
        if endpoint is not None:
            return ReadOnly(EndpointClients(endpoint, region=self.config.region))
        import boto3  # noqa: PLC0415 - most of a second

        session: Any = boto3.Session(region_name=self.config.region)
        return ReadOnly(lambda service: session.client(service, config=PATIENCE))
