"""``mlops prices``: AWS's list prices, kept beside the stack files."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from infra.cli.root import ROOT

app = typer.Typer(no_args_is_help=True, help="AWS's list prices, for what a plan says of money.")


@app.callback()
def prices() -> None:
    """AWS's list prices, for what a plan says of money."""


@app.command()
def refresh(
    region: Annotated[str, typer.Option("--region", "-r", help="for example us-east-1")],
    mirror: Annotated[
        str | None, typer.Option("--from", help="where the lists lie, if not at AWS")
    ] = None,
) -> None:
    """Read AWS's public price lists of a region and keep what running capacity needs.

    Writes `stacks/prices/REGION.json`, to be committed: list prices on demand, with each list's
    version and date. No credentials are used; discounts, free tiers and taxes are not in it.
    """
    from datetime import UTC, datetime  # noqa: PLC0415 - only this command has a today

    from infra.plan.prices import file_of, written  # noqa: PLC0415 - a tenth of a second
    from infra.price_lists import BASE, OFFERS, REGION, PriceListError, read  # noqa: PLC0415

    console = Console(soft_wrap=True, highlight=False)
    if not REGION.fullmatch(region):
        raise typer.BadParameter(f"must be a region of AWS, got {region!r}", param_hint="--region")
    base = mirror or BASE
    if not base.startswith(("https://", "http://")):
        raise typer.BadParameter(f"must be an http(s) URL, got {base!r}", param_hint="--from")
    try:
        lists = [read(offer, region, base=base) for offer in OFFERS]
    except PriceListError as error:
        Console(stderr=True, soft_wrap=True, highlight=False).print(
            str(error), style="red", markup=False
        )
        raise typer.Exit(1) from error
    path = file_of(region, ROOT)
    path.parent.mkdir(exist_ok=True)
    fresh = path.with_suffix(".fresh")
    fresh.write_text(written(lists, region=region, today=datetime.now(UTC).date()))
    fresh.replace(path)
    kept = sum(len(one.prices) for one in lists)
    console.print(f"{path.relative_to(ROOT)}: {kept} prices", markup=False)
    for one in lists:
        console.print(f"  {one.offer} {one.version}, published {one.published}", markup=False)
        if one.ambiguous:
            names = ", ".join(one.ambiguous[:5])
            console.print(f"  left out, with several prices: {names}", markup=False)
