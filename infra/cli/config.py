"""``mlops config``: what a stack is set to and why, and the schema that editors check by."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import takewhile
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from stacks.errors import StackError, close_to

if TYPE_CHECKING:
    from stacks.layers import ResolvedStack

app = typer.Typer(no_args_is_help=True, help="Settings of a stack: where each comes from.")
_ERRORS = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)


@app.command()
def explain(
    stack: Annotated[str, typer.Option("--stack", "-s", help="for example flights-sandbox")],
    key: Annotated[
        str, typer.Argument(help="only this key and what lies below, for example use_cases.flights")
    ] = "",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
) -> None:
    """Show every setting of a stack with the file and line that it comes from.

    Layers: environments/<env>.yaml, then teams/<team>.yaml, then Pulumi.<team>-<env>.yaml; the
    later ones win.
    """
    resolved = _resolve(stack)
    rows = [row for row in _rows(resolved) if _lies_at(row[0], key)]
    if not rows:
        paths = resolved.paths.values()
        keys = {".".join(parts[:n]) for parts in paths for n in range(1, len(parts) + 1)}
        _fail(f"{stack}: key must be one of its settings, got {key!r}", close_to(key, keys))
    if as_json:
        typer.echo(
            json.dumps(
                {name: {"value": value, "from": origin} for name, value, origin in rows}, indent=2
            )
        )
        return
    console = Console()
    console.print(_table(resolved, rows, console.width))


@app.command()
def schema(
    *,
    layer: Annotated[
        bool, typer.Option("--layer", help="of an environment's or a team's file")
    ] = False,
    write: Annotated[
        bool, typer.Option("--write", help="bring both files in stacks/ up to date")
    ] = False,
) -> None:
    """Print the JSON Schema of a stack file, or write both schemas to where editors find them."""
    from stacks.schema import schemas  # noqa: PLC0415 - half a second to import

    texts = schemas()
    if write:
        for path, text in texts.items():
            path.write_text(text, encoding="utf-8")
            typer.echo(path.name)
        return
    name = "layer.schema.json" if layer else "schema.json"
    typer.echo(next(text for path, text in texts.items() if path.name == name), nl=False)


def _resolve(stack: str) -> ResolvedStack:
    from stacks.layers import load  # noqa: PLC0415 - half a second to import

    try:
        return load(stack)
    except StackError as error:
        _ERRORS.print(str(error), style="red")
        raise typer.Exit(2) from error


def _fail(message: str, close: tuple[str, ...]) -> None:
    hint = f"; close to it: {', '.join(close)}" if close else ""
    _ERRORS.print(message + hint, style="red")
    raise typer.Exit(2)


def _rows(resolved: ResolvedStack) -> Iterator[tuple[str, Any, str]]:
    for key, origin in resolved.origins.items():
        yield key, resolved.values[key], origin


def _lies_at(key: str, wanted: str) -> bool:
    return not wanted or key == wanted or key.startswith(f"{wanted}.")


def _table(resolved: ResolvedStack, rows: list[tuple[str, Any, str]], columns: int) -> Table:
    """Draw the keys as a tree, so that a narrow terminal has room for the rest."""
    from stacks.layers import DEFAULT  # noqa: PLC0415

    table = Table(title=resolved.config.stack, title_justify="left", box=None, pad_edge=False)
    # The longest keys, ids of rules, would leave no room for a value on 80 columns.
    table.add_column("setting", overflow="fold", width=max(8, min(52, columns // 2 - 8)))
    table.add_column("value", overflow="fold")
    table.add_column("from, in stacks/", no_wrap=True)
    above: list[str] = []
    for key, value, origin in rows:
        *parents, name = resolved.paths[key]
        shared = sum(
            1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(parents, above, strict=False))
        )
        for depth, parent in list(enumerate(parents))[shared:]:
            table.add_row("  " * depth + parent, "", "", style="bold")
        style = "dim" if origin == DEFAULT else None
        table.add_row(
            "  " * len(parents) + name, _shown(value), origin.removeprefix("stacks/"), style=style
        )
        above = parents
    return table


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
