"""What applying a stack did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Operation = Literal["create", "update", "replace", "delete", "same", "fail", "skip"]


@dataclass(frozen=True, slots=True)
class Progress:
    """One resource that is done with."""

    operation: Operation
    urn: str
    seconds: float


OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Failure:
    """A resource that AWS, or a guard, refused."""

    urn: str
    code: str
    """AWS's own error code, or ``Protected``, ``Stateful``, ``InvalidInput``, ``UnknownType``."""
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """URNs by what happened to them, in order."""

    created: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    failed: tuple[Failure, ...] = ()
    skipped: tuple[str, ...] = ()
    """What depends on something that failed, and was left as it was."""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    """What the stack exports; unknown where it hangs on something that failed."""

    @property
    def changes(self) -> int:
        """How many resources were touched."""
        return len(self.created) + len(self.updated) + len(self.replaced) + len(self.deleted)


def ignore(_: Progress) -> None:
    """Take no notice of progress."""
