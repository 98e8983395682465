"""``mlops lineage``: what produced what an endpoint serves."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console


def lineage(
    endpoint: Annotated[str, typer.Argument(help="For example `flights-sandbox-flights`.")],
    stack: Annotated[
        str | None,
        typer.Option("--stack", "-s", help="Look in this stack's region."),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    aws: Annotated[
        bool, typer.Option("--aws", help="Ask AWS itself though an emulator runs here.")
    ] = False,
) -> None:
    """Show which data, feature view, code, parameters, metrics and approver made what is live.

    Everything comes from AWS's own APIs: of the emulator where one runs, else of the account
    whose credentials are at hand. What they do not tell is listed as a gap.
    """
    from infra.cli.errors import told  # noqa: PLC0415 - seconds to import; --help is instant
    from infra.cli.lineage_page import page  # noqa: PLC0415
    from infra.cli.target import clients  # noqa: PLC0415
    from pipelines.shared.lineage.facts import as_json as plainly  # noqa: PLC0415
    from pipelines.shared.lineage.trace import trace  # noqa: PLC0415

    console = Console()
    with told(Console(stderr=True)):
        found: Any = trace(clients(stack, aws=aws), endpoint)
    if as_json:
        typer.echo(json.dumps(plainly(found), indent=2))
        return
    for part in page(found):
        console.print(part)
