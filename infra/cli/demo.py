"""``mlops demo``: months of a loop, on real flights or on images of digits."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from infra.cli.root import ROOT


def demo(
    use_case: Annotated[
        str, typer.Argument(help="What to play: `flights`, or `digits` (needs `make torch`).")
    ] = "flights",
    report: Annotated[
        Path | None,
        typer.Option(
            help="Where to write the page about it; `build/report.html` for flights, "
            "`build/report-<use case>.html` for others."
        ),
    ] = None,
    last_month: Annotated[
        int | None,
        typer.Option(min=3, max=12, help="Stop after this month; the last with data by default."),
    ] = None,
    *,
    keep: Annotated[
        bool,
        typer.Option(
            "--keep",
            help="Leave the emulator and the stack standing, to look at with any AWS tool.",
        ),
    ] = False,
) -> None:
    """Play months of a whole loop on an emulator of AWS on this machine: 2013's flights, or digits.

    The stack stands up; January and February are ingested, a first model is tuned, trained,
    evaluated, registered, approved and deployed. Then each month is served through the scoring API,
    labels arrive, drift is measured, alarms fire, the gate decides, and better challengers are
    rolled out. Takes some minutes on two cores and ends with a table and a page.
    """
    from infra.cli.curtain import perform  # noqa: PLC0415 - seconds to import; --help is instant
    from infra.cli.errors import told  # noqa: PLC0415
    from infra.demo.scripts import SCRIPTS  # noqa: PLC0415

    script = SCRIPTS.get(use_case)
    if script is None:
        raise typer.BadParameter(f"must be one of {', '.join(SCRIPTS)}, got {use_case!r}")
    last = script.last_month if last_month is None else last_month
    if last > script.last_month:
        raise typer.BadParameter(f"--last-month must be 3 to {script.last_month}, got {last}")
    name = "report.html" if use_case == "flights" else f"report-{use_case}.html"
    page = report or ROOT / "build" / name
    console = Console()
    with told(console):
        story, endpoint = perform(
            console, script=script, root=ROOT, last_month=last, report=page, keep=keep
        )
    words = script.words
    table = Table(title=f"{script.year}, served by the loop", title_justify="left")
    columns = ("month", words.rows, "served by", words.figure, "frozen", "difference", "then")
    for column in columns:
        table.add_column(column, justify="left" if column in {"month", "then"} else "right")
    for month in story.months:
        table.add_row(
            month.month,
            f"{month.rows:,}",
            f"v{month.version}",
            f"{month.reached:.4f}",
            f"{month.frozen:.4f}",
            f"{month.reached - month.frozen:+.4f}",
            month.decision,
        )
    console.print(table)
    console.print(
        f"The loop is worth [bold]{story.gain:+.4f}[/] of mean {words.figure}. "
        f"{len(story.versions)} versions registered, {story.live} live. "
        f"{story.seconds:.0f} s, {story.peak_gib:.1f} GiB at the peak."
    )
    console.print(f"Report: {page}", highlight=False)
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
