"""What several commands show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.status import Status
from rich.table import Table

from infra.apply.summary import Progress, Summary
from infra.graph.model import Unknown


class Steps:
    """Shows each resource as it is done with."""

    def __init__(self, status: Status, *, what: str) -> None:
        self._status = status
        self._what = what
        self._count = 0

    def __call__(self, progress: Progress) -> None:
        """Count one more resource."""
        self._count += 1
        name = progress.urn.rsplit("::", 1)[-1]
        self._status.update(
            f"{self._what}: {self._count} resources  [dim]{progress.operation} {name}[/]"
        )


def summarise(console: Console, summary: Summary, *, seconds: float) -> None:
    """Print what an update did, its failures last and whole."""
    counts = {
        "created": len(summary.created),
        "updated": len(summary.updated),
        "replaced": len(summary.replaced),
        "deleted": len(summary.deleted),
        "unchanged": len(summary.unchanged),
        "failed": len(summary.failed),
        "skipped": len(summary.skipped),
    }
    said = ", ".join(f"{count} {what}" for what, count in counts.items() if count) or "nothing"
    console.print(f"{said} in {seconds:.1f} s", highlight=False)
    for failure in summary.failed:
        name = failure.urn.rsplit("::", 1)[-1]
        console.print(f"[red]{name}[/]: {failure.code}: {failure.message}", highlight=False)
    if summary.failed:
        console.print(
            "what stands is recorded; mend the cause and run the same command again, it goes on "
            "from there"
        )


def rows(pairs: Mapping[str, Any]) -> Table:
    """Return a two-column table without lines."""
    table = Table.grid(padding=(0, 2))
    for key, value in pairs.items():
        shown = "(known once it stands)" if isinstance(value, Unknown) else str(value)
        table.add_row(f"[dim]{key}[/]", shown)
    return table
