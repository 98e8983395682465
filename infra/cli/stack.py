"""``mlops stack``: the stacks there are, and those that stand for a while."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from infra.cli.root import ROOT

app = typer.Typer(no_args_is_help=True, help="The stacks there are; short-lived ones beside them.")


@app.command()
def new(
    base: Annotated[str, typer.Argument(help="Environment's own stack, such as `flights-dev`.")],
    *,
    instance: Annotated[
        str, typer.Option("--as", help="Third part of the new name: letters and a number, `pr12`.")
    ],
    expires: Annotated[
        str, typer.Option(help="Last day: `3d` from today, or a date; at most 30 days away.")
    ] = "3d",
    revision: Annotated[
        str | None, typer.Option(help="Branch, tag or commit that its deliveries build.")
    ] = None,
) -> None:
    """Write the file of a short-lived stack, made from an environment's own: not to be committed.

    It may be deleted with all it holds, tells nobody by mail, and has none of what an account has
    once. `mlops up -s` or `pulumi up --stack` then stand it up under its own name.
    """
    from datetime import UTC, datetime  # noqa: PLC0415

    from infra.short_lived import last_day, write  # noqa: PLC0415 - seconds to import
    from stacks.errors import StackError  # noqa: PLC0415

    try:
        day = last_day(expires, datetime.now(UTC).date())
        name, path = write(base, instance, day, ROOT, revision=revision)
    except StackError as error:
        Console(stderr=True, soft_wrap=True, highlight=False).print(str(error), markup=False)
        raise typer.Exit(2) from error
    typer.echo(f"{name}: {path.relative_to(ROOT).as_posix()}, until {day.isoformat()}")
