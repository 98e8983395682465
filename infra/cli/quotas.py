"""``mlops quotas``: whether an account has room for a stack."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from infra.cli.root import ROOT


def quotas(
    stack: Annotated[str, typer.Option("--stack", "-s", help="for example flights-prod")],
) -> None:
    """Compare what a stack asks of SageMaker's service quotas with what the account has.

    Reads the account of the credentials at hand, in the stack's region, and exits with 1 where
    something is lacking, with the command that asks AWS for it. A sandbox is compared with the
    emulator of this machine.
    """
    import boto3  # noqa: PLC0415 - a tenth of a second
    from botocore.exceptions import NoCredentialsError  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    from infra.cli.errors import told  # noqa: PLC0415
    from infra.cli.target import aim, running  # noqa: PLC0415
    from infra.quotas import explain, find, needs  # noqa: PLC0415
    from stacks.layers import load  # noqa: PLC0415

    console = Console(soft_wrap=True, highlight=False)
    with told(console):
        config = load(stack, ROOT).config
        if config.environment == "sandbox":
            if (endpoint := running()) is None:
                console.print("no emulator runs; `mlops up -s STACK` starts one")
                raise typer.Exit(1)
            aim(endpoint)
        try:
            client = boto3.Session().client("service-quotas", region_name=config.region)
            found = find(needs(config), client)
        except NoCredentialsError:
            console.print(
                f"no AWS credentials: sign in to the account of {stack} (aws sso login, or "
                "AWS_PROFILE), or set AWS_ENDPOINT_URL to an emulator's",
                style="red",
                markup=False,
            )
            raise typer.Exit(1) from None
    table = Table(title=f"{stack}, {config.region}", title_justify="left", box=None, pad_edge=False)
    table.add_column("quota of SageMaker")
    for heading in ("needed", "account has"):
        table.add_column(heading, justify="right")
    for one in found:
        has = "none" if one.quota is None else f"{one.quota.value:g}"
        style = "red" if one.lacks else None
        table.add_row(one.need.quota, str(one.need.instances), has, style=style)
    console.print(table)
    lacking = [one for one in found if one.lacks]
    for one in lacking:
        console.print(explain(one, config.region), markup=False)
    if lacking:
        raise typer.Exit(1)
