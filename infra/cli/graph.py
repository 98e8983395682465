"""``mlops graph``: a picture of a stack, drawn from what it declares."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from infra.cli.root import ROOT


def graph(
    stack: Annotated[str, typer.Option("--stack", "-s", help="A stack, such as `flights-dev`.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="File; its end says the format: svg, png, pdf or dot."),
    ] = None,
    component: Annotated[
        str | None,
        typer.Option("--component", help="Only this component, resource by resource."),
    ] = None,
    *,
    loop: Annotated[
        bool, typer.Option("--loop", help="Who reads, writes, starts and tells whom.")
    ] = False,
) -> None:
    """Draw a stack by its components, from the code alone: an arrow leads to what needs it.

    With `--loop`, arrows are what roles and rules allow: data read and written, pipelines started,
    events told. With `--component NAME`, the resources of one component.
    """
    from infra.pictures.draw import FORMATS, write  # noqa: PLC0415 - seconds to import; --help is instant
    from infra.pictures.parts import parts_of  # noqa: PLC0415
    from infra.pictures.stack import of_component, of_loop, of_stack  # noqa: PLC0415
    from infra.plan.describe import describe  # noqa: PLC0415
    from infra.plan.evaluate import evaluate_stack  # noqa: PLC0415
    from pipelines.compile import CompileError  # noqa: PLC0415
    from stacks.errors import StackError, close_to  # noqa: PLC0415

    console = Console(stderr=True, soft_wrap=True, highlight=False)
    if loop and component:
        raise typer.BadParameter("give --loop or --component, not both")
    what = component or ("loop" if loop else "graph")
    path = out or ROOT / "build" / f"{stack}-{what}.svg"
    if path.suffix.removeprefix(".") not in FORMATS:
        raise typer.BadParameter(f"--out must end in one of {list(FORMATS)}, got {path.name!r}")
    try:
        with console.status(f"evaluating {stack}"):
            snapshot = describe(evaluate_stack(stack, root=ROOT))
    except (StackError, CompileError) as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(2) from error
    names = {part.name for part in parts_of(snapshot.resources.values()).values()}
    if component is not None and component not in names:
        close = ", ".join(close_to(component, names))
        console.print(
            f"component must be one of {sorted(names)}, got {component!r}; close to it: {close}",
            style="red",
            markup=False,
        )
        raise typer.Exit(2)
    if component is not None:
        drawn = of_component(snapshot, component)
    else:
        drawn = of_loop(snapshot) if loop else of_stack(snapshot)
    write(drawn, path)
    typer.echo(path)
