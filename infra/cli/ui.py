"""``mlops ui``: a local page of what a stack is doing."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from infra.cli.root import ROOT


def ui(
    stack: Annotated[str, typer.Option("--stack", "-s", help="For example `flights-sandbox`.")],
    *,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Of 127.0.0.1; 0 takes a free one.")
    ] = 8642,
    refresh: Annotated[
        int, typer.Option(min=5, max=3600, help="Seconds after which a page looks again.")
    ] = 15,
    open_browser: Annotated[
        bool, typer.Option("--open", help="Open the page in the browser.")
    ] = False,
    aws: Annotated[
        bool, typer.Option("--aws", help="Look at AWS itself, with the credentials at hand.")
    ] = False,
) -> None:
    """Serve a page on this machine that shows what a stack is doing, until Ctrl-C.

    The front page says why the last retraining was refused and what data the live model was
    trained on. Behind it: pipelines and each run step by step, endpoint and traffic, drift,
    alarms, decisions, the registry, and the lineage of every version.

    It looks at the emulator of this folder (or at AWS_ENDPOINT_URL); with --aws at the account
    whose credentials are at hand. It reads and changes nothing: Describe, Get, List, Query and
    Search are the only calls that leave it. It answers on 127.0.0.1 alone.

    Try it: `mlops demo --keep`, then `mlops ui -s flights-sandbox --open`.
    """
    from infra.cli.errors import told  # noqa: PLC0415 - seconds to import; --help is instant
    from infra.cli.target import running  # noqa: PLC0415
    from infra.ui.serve import bound, serve  # noqa: PLC0415
    from infra.ui.source import Source  # noqa: PLC0415

    console = Console()
    with told(Console(stderr=True)):
        source = Source(stack, ROOT, running=running, aws=aws)
    try:
        listening = bound(port)
    except OSError as error:
        raise typer.BadParameter(f"port {port} cannot be had: {error.strerror}") from error

    def ready(address: str) -> None:
        console.print(f"{stack} at {address} (Ctrl-C ends it)", highlight=False)

    serve(source, listening, refresh_seconds=refresh, ready=ready, opens=open_browser)
