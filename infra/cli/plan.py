"""``mlops plan``: what a change does to the stacks, computed from the code alone."""

from __future__ import annotations

import importlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from infra.cli.root import ROOT

if TYPE_CHECKING:
    from infra.plan.gather import How, Side


def plan(  # noqa: PLR0913 - one parameter for each option
    against: Annotated[
        str, typer.Option("--against", help="Branch, tag or commit to compare with.")
    ] = "origin/main",
    stack: Annotated[
        list[str] | None,
        typer.Option("--stack", "-s", help="A stack, such as `flights-dev`; may be repeated."),
    ] = None,
    head: Annotated[
        str | None,
        typer.Option("--head", help="Revision to look at; left out, the files as they lie here."),
    ] = None,
    acknowledge: Annotated[
        list[str] | None,
        typer.Option("--acknowledge", help="Name or URN of what may be lost; may be repeated."),
    ] = None,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Every stack of either side: the default without -s.")
    ] = False,
    no_model: Annotated[
        bool, typer.Option("--no-model", help="As it is before a model version was approved.")
    ] = False,
    markdown: Annotated[
        Path | None,
        typer.Option("--markdown", dir_okay=False, help="File for the comment of a pull request."),
    ] = None,
    json: Annotated[
        Path | None,
        typer.Option("--json", dir_okay=False, help="File for everything, for programs."),
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option("--page", dir_okay=False, help="File for a page with the graph drawn."),
    ] = None,
    untrusted: Annotated[
        bool,
        typer.Option(
            "--untrusted",
            help="Refuse where the network cannot be cut; install no packages of --head.",
        ),
    ] = False,
    seconds: Annotated[
        float, typer.Option("--seconds", min=1, help="Time that each side's evaluation may take.")
    ] = 300.0,
    memory_mib: Annotated[
        int, typer.Option("--memory-mib", min=256, help="Memory that each side may take.")
    ] = 6144,
) -> None:
    """Show what a change does: resources, blast radius, pipelines, permissions, settings, money.

    Both sides are evaluated by their own code, without network, credentials or an account; nothing
    is asked and nothing is made. What `pulumi preview` adds is what somebody changed by hand.

    Exits with 1 where the change must not go on as it is: something that cannot be made again would
    be lost and nobody acknowledged it by name, a feature group cannot take on its schema, AWS would
    refuse an input, or a stack does not evaluate.
    """
    from infra.plan.errors import PlanError  # noqa: PLC0415 - seconds to import; --help is instant
    from infra.plan.gather import How  # noqa: PLC0415
    from infra.plan.isolation import Bounds, network_can_be_cut  # noqa: PLC0415

    console, errors = Console(), Console(stderr=True, soft_wrap=True, highlight=False)
    if everything and stack:
        raise typer.BadParameter("give stacks with -s, or --all, not both")
    cut = network_can_be_cut()
    if untrusted and not cut:
        raise typer.BadParameter("this machine cannot refuse the network to a process; use Linux")
    if not cut:
        errors.print("[yellow]network open[/]: this machine cannot refuse it to a process")
    bounds = Bounds(seconds=seconds, memory_mib=memory_mib)
    how = How(model=not no_model, bounds=bounds, install=not untrusted)
    try:
        _known(stack, against, head)
        with errors.status(f"evaluating {head or 'the working tree'} and {against}"):
            base, changed = _sides(against, head, stack, how)
    except PlanError as error:
        errors.print(f"[red]{type(error).__name__}[/]", end=" ")
        errors.print(str(error), markup=False)
        raise typer.Exit(2) from error

    from infra.plan.plan import make  # noqa: PLC0415
    from infra.plan.render.comment import comment  # noqa: PLC0415
    from infra.plan.render.document import document  # noqa: PLC0415
    from infra.plan.render.terminal import show  # noqa: PLC0415

    made = make(base, changed, acknowledged=acknowledge or (), root=ROOT)
    for path, rendered in ((markdown, comment), (json, document)):
        if path is not None:
            _write(path, rendered(made))
    if page is not None:
        from infra.plan.render.page import drawn, whole  # noqa: PLC0415

        _write(page, whole(made, drawn(made, base, changed)))
    show(console, made)
    if made.stops:
        raise typer.Exit(1)


def _sides(against: str, head: str | None, stacks: list[str] | None, how: How) -> tuple[Side, Side]:
    """Evaluate both sides; what will read them is imported meanwhile."""
    from infra.plan.gather import gather  # noqa: PLC0415

    with ThreadPoolExecutor(1) as beside:
        sides = beside.submit(gather, ROOT, against=against, head=head, stacks=stacks, how=how)
        importlib.import_module("infra.plan.plan")
        importlib.import_module("infra.plan.render.terminal")
        importlib.import_module("infra.resources.table").table()  # reads AWS's API models
        return sides.result()


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _known(stacks: list[str] | None, against: str, head: str | None) -> None:
    """Refuse a stack that this project does not have; one that is gone may be in the base."""
    from infra.plan.errors import RevisionError  # noqa: PLC0415
    from infra.plan.revisions import stacks_of  # noqa: PLC0415
    from stacks.errors import close_to  # noqa: PLC0415

    known = sorted({*stacks_of(ROOT, head), *stacks_of(ROOT, against)})
    for one in stacks or ():
        if one not in known:
            close = close_to(one, known)
            hint = f"; close to it: {', '.join(close)}" if close else ""
            raise RevisionError(f"stack must be one of {known}, got {one!r}{hint}")
