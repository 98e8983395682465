"""``mlops explore``: a first analysis of data, as a page."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console

from infra.cli.root import ROOT

if TYPE_CHECKING:
    from infra.explore.findings import Finding

_COLOURS = {"bad": "red", "warning": "yellow", "note": "blue"}


def explore(  # noqa: PLR0913, PLR0917 - what the command line offers
    sources: Annotated[
        list[str] | None,
        typer.Argument(help="CSV or Parquet: a file, a folder, a quoted pattern, or `s3://…`."),
    ] = None,
    label: Annotated[
        str | None, typer.Option("--label", help="The column that a model is to foretell.")
    ] = None,
    problem: Annotated[
        Literal["binary", "multiclass", "regression"] | None,
        typer.Option("--problem", help="What the label is; found out where it is left out."),
    ] = None,
    stack: Annotated[
        str | None, typer.Option("--stack", "-s", help="The stack of the use case.")
    ] = None,
    use_case: Annotated[
        str | None,
        typer.Option("--use-case", help="Analyse its recorded data sources by its label."),
    ] = None,
    page: Annotated[
        Path | None, typer.Option("--page", "-o", help="Where the page is written.")
    ] = None,
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the analysis for programs.")
    ] = False,
    aws: Annotated[
        bool, typer.Option("--aws", help="Ask AWS itself though an emulator runs here.")
    ] = False,
) -> None:
    """Analyse data for the first time: distributions, gaps, quality, label, leaks, with rules.

    Rows are read once, in bounded memory. With `--stack` and `--use-case`, what the use case
    recorded as its sources is read. The page needs nothing from elsewhere.
    """
    from infra.cli.errors import told  # noqa: PLC0415 - seconds to import; --help is instant
    from infra.explore.analysis import analyse  # noqa: PLC0415
    from infra.explore.findings import findings  # noqa: PLC0415
    from infra.explore.page import page as page_of  # noqa: PLC0415
    from infra.explore.places import files  # noqa: PLC0415

    console = Console(stderr=True, soft_wrap=True, highlight=False)
    if bool(sources) == bool(use_case) or bool(stack) != bool(use_case):
        raise typer.BadParameter("give sources, or a use case with --stack and --use-case")
    with told(console):
        about = ""
        if stack and use_case:
            sources, label, problem, about = _recorded(stack, use_case, label, problem)
        named = sources or []
        with console.status("reading") as status:
            found = [file for one in named for file in files(one, lambda: _s3(stack, aws=aws))]
            tables = analyse(found, label=label, problem=problem, said=status.update)
    title = f"{use_case} of {stack}" if use_case else ", ".join(named)
    path = page or ROOT / "build" / "explore" / f"{_file_name(title)}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page_of(tables, title=title, about=about), encoding="utf-8")
    if as_json:
        facts = [
            one.to_json() | {"findings": [asdict(finding) for finding in findings(one)]}
            for one in tables
        ]
        typer.echo(json.dumps(facts, indent=1, allow_nan=False))
    else:
        for one in tables:
            console.print(f"[b]{one.name}[/]: {one.rows:,} rows, {len(one.columns)} columns")
            for finding in findings(one):
                _print(console, finding)
    console.print(f"written: {path}", markup=False)


def _print(console: Console, finding: Finding) -> None:
    colour = _COLOURS[finding.severity]
    console.print(f"  [{colour}]{finding.severity:<8}[/]", end="")
    column = f"{finding.column}: " if finding.column else ""
    console.print(f"{column}{finding.what} -> {finding.rule}", markup=False)


def _file_name(title: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]+", "-", title).strip("-.")[-80:] or "data"


def _s3(stack: str | None, *, aws: bool) -> Any:  # noqa: ANN401 - pyarrow's file system
    import os  # noqa: PLC0415

    import boto3  # noqa: PLC0415

    from infra.cli.target import VARIABLE, clients  # noqa: PLC0415
    from infra.explore.places import s3_system  # noqa: PLC0415
    from stacks.layers import load  # noqa: PLC0415

    clients(stack, aws=aws)  # aims at the emulator where one runs
    region = load(stack, ROOT).config.region if stack else None
    return s3_system(boto3.Session(region_name=region), os.environ.get(VARIABLE))


def _recorded(
    stack: str,
    use_case: str,
    label: str | None,
    problem: Any,  # noqa: ANN401 - a literal
) -> tuple[list[str], str | None, Any, str]:
    """Return what a use case's charter records: sources, label, problem, and it in words.

    Raises:
        LookupError: there is no such use case, or it records no source.
    """
    from stacks.errors import close_to  # noqa: PLC0415
    from stacks.layers import load  # noqa: PLC0415

    known = load(stack, ROOT).config.use_cases
    if use_case not in known:
        close = ", ".join(close_to(use_case, known)) or ", ".join(known)
        raise LookupError(f"{stack}: use case must be one of its own, got {use_case!r}; {close}")
    charter = known[use_case].charter
    if charter is None or not charter.sources:
        raise LookupError(
            f"{stack}: use_cases.{use_case}.charter.sources must name where the data lies, got none"
        )
    about = (
        f"{charter.objective} Owner: {charter.owner}. Label: {charter.label}, {charter.problem}."
    )
    places = [
        one if one.startswith("s3://") else str(ROOT / one) for one in charter.sources.values()
    ]
    return places, label or charter.label, problem or charter.problem, about
