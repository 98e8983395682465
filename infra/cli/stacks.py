"""``mlops up``, ``status`` and ``down``: stacks on the emulator of this machine."""

from __future__ import annotations

import time
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from infra.cli.root import ROOT

Stack = Annotated[
    str, typer.Option("--stack", "-s", help="A stack of this project, such as `flights-sandbox`.")
]


def up(stack: Stack) -> None:
    """Stand a stack up on the emulator, or bring it up to date; what is unchanged is left alone.

    Starts the emulator in the background where none runs and prints its endpoint URL, for any AWS
    tool: `aws --endpoint-url URL sagemaker list-endpoints`. With `AWS_ENDPOINT_URL` set, that
    emulator is used. Real environments are Pulumi's: `pulumi up --stack STACK`.
    """
    from infra.apply.up import up as apply  # noqa: PLC0415 - seconds to import
    from infra.cli.errors import told  # noqa: PLC0415
    from infra.cli.screen import Steps, rows, summarise  # noqa: PLC0415
    from infra.cli.target import aim, ensure_running  # noqa: PLC0415
    from infra.program import load  # noqa: PLC0415
    from stacks.layers import load as check  # noqa: PLC0415

    console = Console()
    began = time.monotonic()
    with told(console), console.status(f"reading {stack}") as status:
        check(stack, ROOT)  # before anything starts: wrong files leave nothing behind
        endpoint = ensure_running()
        aim(endpoint)
        program = load(stack, root=ROOT)
        steps = Steps(status, what=f"standing {stack} up")
        summary = apply(program, endpoint, progress=steps)
    summarise(console, summary, seconds=time.monotonic() - began)
    console.print(rows({"endpoint": endpoint, **summary.outputs}))
    if summary.failed:
        raise typer.Exit(1)


def status(
    stack: Annotated[
        str | None, typer.Option("--stack", "-s", help="Look at one stack; all when left out.")
    ] = None,
) -> None:
    """Show what stands on the emulator: its clock, its stacks and their resources."""
    from infra.apply.status import status as state_of  # noqa: PLC0415
    from infra.cli.errors import told  # noqa: PLC0415
    from infra.cli.screen import rows  # noqa: PLC0415
    from infra.cli.target import running  # noqa: PLC0415
    from infra.emulator.remote import Admin  # noqa: PLC0415

    console = Console()
    endpoint = running()
    if endpoint is None:
        console.print("no emulator runs; `mlops up -s STACK` starts one")
        raise typer.Exit(1 if stack else 0)
    with told(console):
        admin = Admin(endpoint)
        facts = admin.status()
        names = [stack] if stack else admin.stacks()
        console.print(
            rows(
                {
                    "endpoint": endpoint,
                    "clock": facts["now"],
                    "under way": ", ".join(facts["work"]) or "nothing",
                    "stacks": ", ".join(names) or "none",
                }
            )
        )
        for name in names:
            standing = state_of(name, endpoint, check=True)
            if standing is None:
                console.print(f"stack {name} does not stand; there are {admin.stacks()}")
                raise typer.Exit(1)
            table = Table(title=f"{name}: {len(standing.resources)} resources")
            table.add_column("type")
            table.add_column("count", justify="right")
            counts: dict[str, int] = {}
            for one in standing.resources:
                counts[one.type] = counts.get(one.type, 0) + 1
            for kind, count in sorted(counts.items()):
                table.add_row(kind, str(count))
            console.print(table, rows(standing.outputs))
            for urn in standing.missing:
                console.print(f"[red]gone from AWS[/]: {urn}", highlight=False)


def down(
    stack: Annotated[
        str | None, typer.Option("--stack", "-s", help="The stack to take down.")
    ] = None,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="End the emulator, and with it every stack on it.")
    ] = False,
    unprotect: Annotated[
        bool, typer.Option("--unprotect", help="Delete protected resources too.")
    ] = False,
) -> None:
    """Take a stack down, leaving nothing of it; or end the emulator with `--all`."""
    from infra.apply.down import down as remove  # noqa: PLC0415
    from infra.cli.errors import told  # noqa: PLC0415
    from infra.cli.screen import Steps, summarise  # noqa: PLC0415
    from infra.cli.target import running  # noqa: PLC0415
    from infra.emulator import daemon  # noqa: PLC0415

    console = Console()
    if (stack is None) is not everything:
        raise typer.BadParameter("give a stack with -s STACK, or --all for the whole emulator")
    if everything:
        console.print("ended the emulator" if daemon.stop(ROOT) else "no emulator runs")
        return
    endpoint = running()
    if endpoint is None or stack is None:
        console.print("no emulator runs: nothing stands")
        return
    began = time.monotonic()
    with told(console), console.status(f"taking {stack} down") as shown:
        steps = Steps(shown, what=f"taking {stack} down")
        summary = remove(stack, endpoint, unprotect=unprotect, progress=steps)
    summarise(console, summary, seconds=time.monotonic() - began)
    if summary.failed:
        raise typer.Exit(1)
