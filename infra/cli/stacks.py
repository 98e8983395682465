"""``mlops up``, ``status`` and ``down``: stacks on the emulator of this machine."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
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
    console.print(
        rows({"endpoint": endpoint, **_cluster(endpoint, summary.outputs), **summary.outputs})
    )
    if summary.failed:
        raise typer.Exit(1)


def status(
    stack: Annotated[
        str | None,
        typer.Option("--stack", "-s", help="What one stack is doing; left out, all that stand."),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For programs; needs a stack.")] = False,
    aws: Annotated[
        bool, typer.Option("--aws", help="Ask AWS itself though an emulator runs here.")
    ] = False,
) -> None:
    """Show what stands on the emulator; of one stack, what it is doing.

    With `-s STACK`: its endpoint and the version behind it, pipelines and their last runs, drift,
    alarms, and the retraining gate's decisions, all from AWS's own APIs: of the emulator where one
    runs, else of the account whose credentials are at hand.
    """
    from infra.cli.errors import told  # noqa: PLC0415 - seconds to import; --help is instant
    from infra.cli.target import running  # noqa: PLC0415

    console = Console()
    if as_json and stack is None:
        raise typer.BadParameter("--json needs a stack: -s STACK")
    endpoint = None if aws else running()
    if stack is None:
        if endpoint is None:
            console.print("no emulator runs; `mlops up -s STACK` starts one")
            return
        with told(console):
            _emulator(console, endpoint)
        return
    with told(Console(stderr=True) if as_json else console):
        _doing(console, stack, endpoint, as_json=as_json, aws=aws)


def _cluster(endpoint: str, outputs: Mapping[str, object]) -> dict[str, str]:
    """Return where a stack's cluster answers, and how any client finds it; nothing without one."""
    from infra.kubernetes.kinds import API_PATH  # noqa: PLC0415
    from infra.kubernetes.kubeconfig import write  # noqa: PLC0415

    if "kubernetes_namespace" not in outputs:
        return {}
    url = f"{endpoint}{API_PATH}"
    return {"kubernetes": url, "kubeconfig": str(write(ROOT, url))}


def _emulator(console: Console, endpoint: str) -> None:
    """Print the emulator's clock and what stands on it."""
    from infra.apply.status import status as state_of  # noqa: PLC0415
    from infra.cli.screen import rows  # noqa: PLC0415
    from infra.emulator.remote import Admin  # noqa: PLC0415

    admin = Admin(endpoint)
    facts, names = admin.status(), admin.stacks()
    pairs = {
        "endpoint": endpoint,
        "clock": facts["now"],
        "under way": ", ".join(facts["work"]) or "nothing",
        "stacks": ", ".join(names) or "none",
    }
    console.print(rows(pairs))
    for name in names:
        standing = state_of(name, endpoint, check=True)
        if standing is None:
            continue
        counts = Counter(one.type for one in standing.resources)
        table = Table(title=f"{name}: {len(standing.resources)} resources")
        table.add_column("type")
        table.add_column("count", justify="right")
        for kind, count in sorted(counts.items()):
            table.add_row(kind, str(count))
        console.print(table, rows({**_cluster(endpoint, standing.outputs), **standing.outputs}))
        for urn in standing.missing:
            console.print(f"[red]gone from AWS[/]: {urn}", highlight=False)


def _doing(console: Console, stack: str, endpoint: str | None, *, as_json: bool, aws: bool) -> None:
    """Print what a stack is doing."""
    from infra.cli.status_page import page  # noqa: PLC0415
    from infra.cli.target import clients  # noqa: PLC0415
    from infra.emulator.remote import Admin  # noqa: PLC0415
    from infra.status.read import read  # noqa: PLC0415
    from stacks.layers import load as settings  # noqa: PLC0415

    config = settings(stack, ROOT).config
    if endpoint is not None and stack not in (standing := Admin(endpoint).stacks()):
        console.print(f"stack {stack} does not stand; there are {standing}")
        raise typer.Exit(1)
    client = clients(stack, aws=aws)
    found = [read(client, stack, name, one.serving) for name, one in config.use_cases.items()]
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], default=str, indent=2))
        return
    for one in found:
        for part in page(one):
            console.print(part)


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
