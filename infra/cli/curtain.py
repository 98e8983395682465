"""Sets the demo's stage: an emulator of its own, the stack on it, the screen, the report."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
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
from infra.demo.errors import DemoError
from infra.demo.script import Script, Source, Words
from infra.emulator import daemon
from infra.emulator.containers.images import python_of
from infra.program import load

if TYPE_CHECKING:
    from infra.demo.story import Month, Story


class Screen:
    """Shows what goes on: a line that changes, and lines that stay."""

    def __init__(self, console: Console, status: Status, words: Words) -> None:
        self._words = words
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
            f"{month.month}  v{month.version} served {month.rows:,} {self._words.rows}, "
            f"{self._words.figure} {month.reached:.3f} (frozen {month.frozen:.3f}); "
            f"drift {worst[0]} {worst[1]:.2f}; gate: {month.decision}"
        )

    def note(self, text: str) -> None:
        """Show something worth keeping on the screen."""
        self._console.print(
            f"[dim]{time.monotonic() - self._began:5.0f} s[/]  {text}", highlight=False
        )


def perform(  # noqa: PLR0913 - what the command line offers
    console: Console, *, script: Script, root: Path, last_month: int, report: Path, keep: bool
) -> tuple[Story, str]:
    """Play the months and write the report; return the story and the emulator's endpoint.

    Raises:
        DemoError: what the model needs is not installed, or the loop does not close.
    """
    began = time.monotonic()
    stack, environment = script.stack, script.environment
    if environment and not python_of(environment).exists():
        missing = f"the model of {script.use_case} needs .venv-{environment}: make {environment}"
        raise DemoError(missing)
    with (
        _emulator(root, script.curtain, keep=keep) as endpoint,
        console.status("starting") as status,
        ThreadPoolExecutor(1) as aside,
    ):
        source = aside.submit(_prepare, script)
        screen = Screen(console, status, script.words)
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

        outputs = outputs_of(summary.outputs, script.use_case)
        world = World(endpoint, program.config.region, outputs, script)
        setting = Setting(
            stack=stack,
            commit=commit(root),
            resources=summary.changes,
            last_month=last_month,
        )
        story = play(world, screen, setting, source.result())
        story.seconds = time.monotonic() - began
        screen.doing("writing the report")
        drift = program.config.use_cases[script.use_case].drift
        write(story, report, threshold=drift.feature_threshold)
    return story, endpoint


def _prepare(script: Script) -> Source:
    """Import what plays the months, and load them: the stack is waited for meanwhile anyway."""
    from infra.demo import play, report  # noqa: F401, PLC0415 - the imports are half of it

    return script.load()


def outputs_of(outputs: Mapping[str, Any], use_case: str) -> dict[str, Any]:
    """Return a stack's outputs as one use case sees them: its own without their prefix."""
    own = {
        key.removeprefix(f"{use_case}_"): value
        for key, value in outputs.items()
        if key.startswith(f"{use_case}_")
    }
    return {**outputs, **own}


@contextmanager
def _emulator(root: Path, curtain: datetime, *, keep: bool) -> Iterator[str]:
    """An emulator whose clock begins with the play; ends with the block unless it is to be kept."""
    if keep:
        yield daemon.ensure_running(root, clock=curtain).url
        return
    with private(root, clock=curtain) as endpoint:
        yield endpoint
