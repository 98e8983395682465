"""``mlops experiments``: the runs of a training pipeline side by side."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from infra.cli.root import ROOT

if TYPE_CHECKING:
    from infra.experiments import Run


def experiments(
    use_case: Annotated[str, typer.Argument(help="For example `flights`.")],
    stack: Annotated[str, typer.Option("--stack", "-s", help="For example `flights-dev`.")],
    *,
    last: Annotated[int, typer.Option(min=1, max=50, help="So many runs, the newest.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    aws: Annotated[
        bool, typer.Option("--aws", help="Ask AWS itself though an emulator runs here.")
    ] = False,
) -> None:
    """Compare the last trainings: parameters, compute, metrics, data and model.

    What differs between them is marked. All of it is SageMaker Experiments': an experiment for the
    pipeline, a trial for each execution.
    """
    from infra.cli.errors import told  # noqa: PLC0415 - seconds to import; --help is instant
    from infra.cli.target import clients  # noqa: PLC0415
    from infra.experiments import runs  # noqa: PLC0415
    from stacks.layers import load  # noqa: PLC0415

    console = Console()
    with told(Console(stderr=True)):
        known = load(stack, ROOT).config.use_cases
        if use_case not in known:
            raise typer.BadParameter(f"use_case must be one of {sorted(known)}, got {use_case}")
        experiment = f"{stack}-{use_case}-training"
        found = runs(clients(stack, aws=aws), experiment, limit=last)
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], default=str, indent=2))
    elif found:
        console.print(table(experiment, found))
    else:
        console.print(f"{experiment} has trained nothing yet")


def table(experiment: str, found: list[Run]) -> Table:
    """Return the runs as columns."""
    from infra.experiments import differing  # noqa: PLC0415 - loaded by now

    shown = Table(title=experiment, title_justify="left")
    shown.add_column("")
    for run in found:
        shown.add_column(f"{run.trial}\n{run.began:%Y-%m-%d %H:%M}", overflow="fold")
    differs = differing(found)
    for heading, held in (
        ("metrics", [run.metrics for run in found]),
        ("parameters", [run.parameters for run in found]),
        ("inputs", [run.inputs for run in found]),
        ("outputs", [run.outputs for run in found]),
    ):
        names = list(dict.fromkeys(name for one in held for name in one))
        if names:
            shown.add_section()
            shown.add_row(Text(heading, style="bold"))
        for name in names:
            mark = "yellow" if heading == "parameters" and name in differs else ""
            values = [_text(one.get(name)) for one in held]
            shown.add_row(Text(name, style=mark), *(Text(value, style=mark) for value in values))
    return shown


def _text(value: str | float | None) -> str:
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else value
