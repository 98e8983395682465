"""``mlops promote``: a version that was approved in one environment, copied to the next."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from infra.cli.root import ROOT
from infra.cli.stacks import Stack

if TYPE_CHECKING:
    from infra.promote import Route

VARIABLES = {
    "upstream_group": "MLOPS_UPSTREAM_GROUP",
    "group": "MLOPS_GROUP",
    "bucket": "MLOPS_BUCKET",
    "data_key": "MLOPS_DATA_KEY",
}
"""What the promotion build is given: the registries' ARNs, the bucket and its key."""


def promote(
    stack: Stack,
    use_case: Annotated[
        str | None,
        typer.Option("--use-case", "-u", help="Needed where the stack has more than one."),
    ] = None,
    version: Annotated[
        int | None,
        typer.Option("--version", "-v", help="A version upstream; the newest approved when left."),
    ] = None,
) -> None:
    """Register an approved version of the environment before, to be approved in this stack's.

    In AWS the stack's promotion build runs this with all it needs to know in its environment
    (`MLOPS_UPSTREAM_GROUP`, `MLOPS_GROUP`, `MLOPS_BUCKET`, `MLOPS_DATA_KEY`); without those, the
    stacks on this machine's emulator are meant.
    """
    import boto3  # noqa: PLC0415 - seconds to import

    from infra.cli.errors import told  # noqa: PLC0415
    from infra.cli.screen import rows  # noqa: PLC0415
    from infra.promote import ClientsOf  # noqa: PLC0415
    from infra.promote import promote as take_over  # noqa: PLC0415
    from stacks.layers import load  # noqa: PLC0415

    console = Console()
    with told(console):
        config = load(stack, ROOT).config
        if config.promotion.upstream is None:
            raise LookupError(f"{stack} takes versions from no environment: promotion.upstream")
        if use_case is None and len(config.use_cases) == 1:
            use_case = next(iter(config.use_cases))
        if use_case not in config.use_cases:
            raise LookupError(f"use case must be one of {sorted(config.use_cases)}, got {use_case}")
        route = _given() or _standing(stack, f"{config.team}-{config.promotion.upstream}", use_case)
        aws = ClientsOf(boto3.Session(), config.region)
        done = take_over(aws, route, version=version)
        console.print(
            rows(
                {
                    "version": done.arn,
                    "of": done.source,
                    "sha256": done.sha256,
                    "status": done.status if done.new else f"{done.status} (promoted before)",
                }
            )
        )


def _given() -> Route | None:
    """Return the route that the environment tells; ``None`` where it tells none.

    Raises:
        LookupError: it tells a part of one.
    """
    from infra.promote import Route  # noqa: PLC0415 - beside the others

    told = {key: os.environ[name] for key, name in VARIABLES.items() if name in os.environ}
    if not told:
        return None
    if missing := [name for key, name in VARIABLES.items() if key not in told]:
        raise LookupError(f"{', '.join(missing)} must be set where one of them is")
    return Route(**told)


def _standing(stack: str, upstream: str, use_case: str) -> Route:
    """Return the route between two stacks on the emulator, and aim boto3 at it.

    Raises:
        LookupError: no emulator runs, or one of the two does not stand there.
    """
    from infra.apply.state import EmulatorStore  # noqa: PLC0415 - beside the others
    from infra.cli.target import aim, running  # noqa: PLC0415
    from infra.promote import Route  # noqa: PLC0415

    endpoint = running()
    if endpoint is None:
        raise LookupError(
            f"no emulator runs, and {', '.join(VARIABLES.values())} are not set, as the"
            " promotion build has them"
        )
    aim(endpoint)
    store = EmulatorStore(endpoint)
    outputs = {}
    for name in (upstream, stack):
        state = store.load(name)
        if state is None:
            raise LookupError(f"stack {name} does not stand; `mlops up -s {name}` first")
        outputs[name] = state.outputs
    return Route(
        upstream_group=outputs[upstream][f"{use_case}_model_package_group_arn"],
        group=outputs[stack][f"{use_case}_model_package_group_arn"],
        bucket=outputs[stack]["artifacts_bucket"],
        data_key=outputs[stack]["artifacts_key_arn"],
    )
