"""``mlops card``: the model card of a version, as a page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console


def card(
    version: Annotated[str, typer.Argument(help="For example `flights-prod-flights/7`.")],
    stack: Annotated[
        str | None,
        typer.Option("--stack", "-s", help="Look in this stack's region, and name its owner."),
    ] = None,
    form: Annotated[
        Literal["markdown", "html", "json"],
        typer.Option("--format", help="`json` is the card's own content."),
    ] = "markdown",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write a file instead of printing.")
    ] = None,
    *,
    aws: Annotated[
        bool, typer.Option("--aws", help="Ask AWS itself though an emulator runs here.")
    ] = False,
) -> None:
    """Export the model card of a version: intended use, training, evaluation, lineage, approval.

    The card in SageMaker is shown where there is one; else it is made from the registry, and not
    kept.
    """
    from infra.cards import card_of  # noqa: PLC0415 - seconds to import; --help is instant
    from infra.cards_page import as_html, as_markdown  # noqa: PLC0415
    from infra.cli.errors import told  # noqa: PLC0415
    from infra.cli.target import clients  # noqa: PLC0415

    console = Console(stderr=True)
    with told(console):
        found = card_of(clients(stack, aws=aws), version, stack)
    if form == "json":
        shown = found.text
    else:
        shown = as_html(found) if form == "html" else as_markdown(found)
    if output is None:
        typer.echo(shown)
        return
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(shown, encoding="utf-8")
    console.print(f"written: {output}", highlight=False)
