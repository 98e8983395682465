"""``mlops verify``: whether what was approved is live, and answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from infra.cli.root import ROOT

if TYPE_CHECKING:
    from infra.release import Release


def verify(
    stack: Annotated[str, typer.Option("--stack", "-s", help="for example flights-prod")],
    *,
    aws: Annotated[
        bool, typer.Option("--aws", help="Ask AWS itself though an emulator runs here.")
    ] = False,
) -> None:
    """Check that each endpoint serves the version that was approved, and answers as it should.

    Deliveries run it after the update. Exits with 1 where something differs, and says what is
    approved, what is live, since when and why. A version that was approved meanwhile differs, too,
    until its own delivery is done. The test requests are marked: drift leaves them out.
    """
    from infra.cli.errors import told  # noqa: PLC0415 - seconds to import; --help is instant
    from infra.cli.target import clients  # noqa: PLC0415
    from infra.live_versions import RegistryVersions  # noqa: PLC0415
    from infra.release import check  # noqa: PLC0415
    from stacks.layers import load  # noqa: PLC0415

    console = Console(soft_wrap=True, highlight=False)
    with told(console):
        ask = clients(stack, aws=aws)
        config = load(stack, ROOT).config
        versions = RegistryVersions(config.region)
        found = [
            check(ask, versions, f"{stack}-{name}", use_case.serving)
            for name, use_case in config.use_cases.items()
        ]
    for release in found:
        _show(console, release)
    if any(release.problems for release in found):
        console.print(_remedy(stack, config.environment), markup=False)
        raise typer.Exit(1)


def _show(console: Console, release: Release) -> None:
    from pipelines.shared.release.versions import said  # noqa: PLC0415 - loaded by now

    since = "" if release.since is None else f", changed last at {release.since:%Y-%m-%d %H:%M %Z}"
    console.print(f"{release.endpoint}: {release.status or 'does not stand'}{since}", markup=False)
    for pair in release.pairs:
        at = "" if pair.approved_at is None else f", approved {pair.approved_at:%Y-%m-%d %H:%M %Z}"
        console.print(
            f"  {pair.variant}: version {said(pair.live)} is live,"
            f" {said(pair.approved)} is to serve{at}",
            style="red" if pair.differs else None,
            markup=False,
        )
    for problem in release.problems:
        console.print(f"  {problem}", style="red", markup=False)
    for note in release.notes:
        console.print(f"  not checked: {note}", style="yellow", markup=False)


def _remedy(stack: str, environment: str) -> str:
    again = (
        f"mlops up -s {stack}"
        if environment == "sandbox"
        # The state may hold what AWS has rolled back: only a refresh sees the difference.
        else f"pulumi up --refresh --stack {stack}"
    )
    return f"mend what is told above, then run `{again}` and `mlops verify -s {stack}` again"
