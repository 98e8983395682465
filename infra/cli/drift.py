"""``mlops drift``: what in an account is no longer as Pulumi made it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from infra.cli.root import ROOT


def drift(
    stack: Annotated[str, typer.Option("--stack", "-s", help="for example flights-prod")],
    *,
    markdown: Annotated[
        Path | None, typer.Option(help="File to write the report to; none where nothing drifted.")
    ] = None,
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", help="End well though something drifted: it is told.")
    ] = False,
) -> None:
    """Compare what stands in AWS with Pulumi's state (`pulumi refresh --preview-only`).

    Changes neither. Names the inputs that differ, not their values. Exits with 1 where something
    drifted, with 2 where it could not be told.
    """
    from infra.drifts import report  # noqa: PLC0415 - seconds to import
    from infra.pulumi_cli import PulumiError  # noqa: PLC0415
    from infra.pulumi_cli import drift as drifted  # noqa: PLC0415
    from stacks.errors import StackError  # noqa: PLC0415
    from stacks.layers import load  # noqa: PLC0415

    try:
        load(stack, ROOT)
        found = drifted(stack, root=ROOT)
    except (PulumiError, StackError) as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from error
    if markdown is not None:
        markdown.unlink(missing_ok=True)  # of another day
    if not found:
        typer.echo(f"{stack}: nothing drifted")
        return
    for one in found:
        differs = "is gone" if one.gone else ", ".join(one.inputs) or "differs"
        typer.echo(f"{one.name}: {differs}")
    if markdown is not None:
        markdown.parent.mkdir(parents=True, exist_ok=True)
        markdown.write_text(report(stack, found), encoding="utf-8")
    if not exit_zero:
        raise typer.Exit(1)
