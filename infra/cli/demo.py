"""``mlops demo``: a year of the loop on real flights."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from infra.cli.root import ROOT

STACK = "flights-sandbox"


def demo(
    report: Annotated[Path, typer.Option(help="Where to write the page about the year.")] = ROOT
    / "build"
    / "report.html",
    last_month: Annotated[
        int, typer.Option(min=3, max=12, help="Stop after this month of 2013.")
    ] = 12,
    *,
    keep: Annotated[
        bool,
        typer.Option(
            "--keep",
            help="Leave the emulator and the stack standing, to look at with any AWS tool.",
        ),
    ] = False,
) -> None:
    """Play 2013 on an emulator of AWS on this machine: the whole loop on real flights.

    The stack stands up; January and February are ingested, a first model is tuned, trained,
    evaluated, registered, approved and deployed. Then each month is served through the scoring API,
    labels arrive, drift is measured, alarms fire, the gate decides, and better challengers are
    rolled out. Takes some minutes on two cores and ends with a table and a page.
    """
    from infra.cli.curtain import perform  # noqa: PLC0415 - seconds to import; --help is instant
    from infra.cli.errors import told  # noqa: PLC0415

    console = Console()
    with told(console):
        story, endpoint = perform(
            console, stack=STACK, root=ROOT, last_month=last_month, report=report, keep=keep
        )
    table = Table(title="2013, served by the loop", title_justify="left")
    for column in ("month", "flights", "served by", "AUC", "frozen", "difference", "then"):
        table.add_column(column, justify="left" if column in {"month", "then"} else "right")
    for month in story.months:
        table.add_row(
            month.month,
            f"{month.flights:,}",
            f"v{month.version}",
            f"{month.auc:.4f}",
            f"{month.frozen_auc:.4f}",
            f"{month.auc - month.frozen_auc:+.4f}",
            month.decision,
        )
    console.print(table)
    console.print(
        f"The loop is worth [bold]{story.gain:+.4f}[/] of mean AUC. "
        f"{len(story.versions)} versions registered, {story.live} live. "
        f"{story.seconds:.0f} s, {story.peak_gib:.1f} GiB at the peak."
    )
    console.print(f"Report: {report}", highlight=False)
    if keep:
        console.print(f"The emulator stands at {endpoint}; end it with: mlops down --all")


def commit(root: Path) -> str:
    """Return the commit that ``root`` is at, ``+`` behind it where files differ from it."""
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty=+"],  # noqa: S607 - git is found on PATH
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return described.stdout.strip()
