"""Sets the demo's stage: an emulator of its own, the stack on it, the screen, the report."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.status import Status

from infra.apply.up import up
from infra.cli.demo import commit
from infra.cli.screen import Steps, summarise
from infra.cli.target import aim
from infra.demo.emulator import private
from infra.emulator import daemon
from infra.program import load

if TYPE_CHECKING:
    from infra.demo.story import Month, Story
    from infra.demo.year import Year

CURTAIN = datetime(2013, 3, 1, tzinfo=UTC)
"""When the year begins: January and February have been, and are known."""


class Screen:
    """Shows what goes on: a line that changes, and lines that stay."""

    def __init__(self, console: Console, status: Status) -> None:
        self._console = console
        self._status = status
        self._doing = ""
        self._began = time.monotonic()

    def doing(self, what: str) -> None:
        """Show what is being done now."""
        self._doing = what
        self._status.update(what)

    def watch(self, under_way: list[str]) -> None:
        """Show what runs in the emulator."""
        running = ", ".join(dict.fromkeys(under_way)) or "settling"
        self._status.update(f"{self._doing}  [dim]{running[:100]}[/]")

    def month(self, month: Month) -> None:
        """Show a finished month."""
        worst = max(month.drift.items(), key=lambda item: item[1], default=("-", 0.0))
        self.note(
            f"{month.month}  v{month.version} served {month.flights:,} flights, "
            f"AUC {month.auc:.3f} (frozen {month.frozen_auc:.3f}); "
            f"drift {worst[0]} {worst[1]:.2f}; gate: {month.decision}"
        )

    def note(self, text: str) -> None:
        """Show something worth keeping on the screen."""
        self._console.print(
            f"[dim]{time.monotonic() - self._began:5.0f} s[/]  {text}", highlight=False
        )


def perform(  # noqa: PLR0913 - what the command line offers
    console: Console, *, stack: str, root: Path, last_month: int, report: Path, keep: bool
) -> tuple[Story, str]:
    """Play the year and write the report; return the story and the emulator's endpoint."""
    began = time.monotonic()
    with (
        _emulator(root, keep=keep) as endpoint,
        console.status("starting") as status,
        ThreadPoolExecutor(1) as aside,
    ):
        year = aside.submit(_prepare)
        screen = Screen(console, status)
        screen.doing(f"standing {stack} up")
        aim(endpoint)
        program = load(stack, root=root)
        steps = Steps(status, what=f"standing {stack} up")
        summary = up(program, endpoint, progress=steps)
        summarise(console, summary, seconds=time.monotonic() - began)
        if summary.failed:
            raise typer.Exit(1)
        from infra.demo.play import Setting, play  # noqa: PLC0415 - see _prepare
        from infra.demo.report import write  # noqa: PLC0415 - see _prepare
        from infra.demo.world import World  # noqa: PLC0415 - see _prepare

        world = World(endpoint, program.config.region, outputs_of(summary.outputs, "flights"))
        setting = Setting(
            stack=stack,
            commit=commit(root),
            resources=summary.changes,
            last_month=last_month,
        )
        story = play(world, screen, setting, year.result())
        story.seconds = time.monotonic() - began
        screen.doing("writing the report")
        drift = program.config.use_cases["flights"].drift
        write(story, report, threshold=drift.feature_threshold)
    return story, endpoint


def _prepare() -> Year:
    """Import what plays the year, and load it: seconds, in which the stack is waited for anyway."""
    from infra.demo import play, report, year  # noqa: F401, PLC0415 - the imports are half of it

    return year.Year()


def outputs_of(outputs: Mapping[str, Any], use_case: str) -> dict[str, Any]:
    """Return a stack's outputs as one use case sees them: its own without their prefix."""
    own = {
        key.removeprefix(f"{use_case}_"): value
        for key, value in outputs.items()
        if key.startswith(f"{use_case}_")
    }
    return {**outputs, **own}


@contextmanager
def _emulator(root: Path, *, keep: bool) -> Iterator[str]:
    """An emulator whose clock begins in 2013; ends with the block unless it is to be kept."""
    if keep:
        yield daemon.ensure_running(root, clock=CURTAIN).url
        return
    with private(root, clock=CURTAIN) as endpoint:
        yield endpoint
