"""``mlops new``: a team, and a use case of a team."""

from __future__ import annotations

import datetime
import sys
from typing import Annotated, Any, Literal

import typer
from rich.console import Console

from infra.cli.root import ROOT

app = typer.Typer(
    no_args_is_help=True, help="Start a team or a use case: files that pass every check at once."
)
_SAID = Console(stderr=True, soft_wrap=True, highlight=False)
Problem = Literal["binary", "multiclass", "regression"]


@app.command()
def team(
    name: Annotated[str, typer.Argument(help="Lower-case letters and digits, 2-20.")],
    owner: Annotated[
        str | None, typer.Option("--owner", help="Who answers for it: a mail address.")
    ] = None,
    region: Annotated[
        str | None, typer.Option("--region", help="AWS region; the environments' own if left out.")
    ] = None,
    account: Annotated[
        list[str] | None,
        typer.Option("--account", help="`dev=111122223333`, once for each environment."),
    ] = None,
) -> None:
    """Start a team: the layer that its stacks have in common.

    Its stacks, sandbox, dev, staging and prod, are written with its first use case.
    """
    from infra.cli.errors import told  # noqa: PLC0415 - seconds to import; --help is instant
    from infra.new.files import of_team  # noqa: PLC0415
    from infra.new.wishes import Team  # noqa: PLC0415
    from infra.new.write import write  # noqa: PLC0415

    wish = Team(
        name=name,
        owner=_asked(owner, "--owner", "Who answers for the team (a mail address)"),
        region=region,
        accounts=_pairs(account or [], "--account"),
    )
    with told(_SAID):
        wish.check(ROOT)
        files = of_team(wish, ROOT)
        write(files, ROOT, stacks=[])
    _told(files, f"next: mlops new use-case {name} NAME --objective ... --label ...")


@app.command("use-case")
def use_case(  # noqa: PLR0913, PLR0917 - what the command line offers
    team: Annotated[str, typer.Argument(help="A team of `stacks/teams`.")],
    name: Annotated[str, typer.Argument(help="Lower-case letters and digits, 2-20.")],
    objective: Annotated[
        str | None, typer.Option("--objective", help="What becomes better by it, in a sentence.")
    ] = None,
    problem: Annotated[Problem | None, typer.Option("--problem", help="What the label is.")] = None,
    label: Annotated[
        str | None, typer.Option("--label", help="The column that the model foretells.")
    ] = None,
    owner: Annotated[
        str | None, typer.Option("--owner", help="Who decides about it; the team's if left out.")
    ] = None,
    source: Annotated[
        list[str] | None,
        typer.Option("--source", help="Data: `s3://...`, or a file, whose columns are taken."),
    ] = None,
    identifier: Annotated[
        str | None, typer.Option("--identifier", help="Column of the source that names a row.")
    ] = None,
    time: Annotated[
        str | None, typer.Option("--time", help="Column of the moment that a row is about.")
    ] = None,
) -> None:
    """Start a use case: its settings in the team's stacks, its folder of `pipelines/`, its tests.

    What it is for is recorded in its charter. The columns are those of the first source that is a
    file, as `mlops explore` reads it; else an example's, to be replaced.
    """
    from infra.cli.errors import told  # noqa: PLC0415 - seconds to import; --help is instant
    from infra.new.files import of_use_case  # noqa: PLC0415
    from infra.new.start import started  # noqa: PLC0415
    from infra.new.wishes import ENVIRONMENTS  # noqa: PLC0415
    from infra.new.write import write  # noqa: PLC0415

    with told(_SAID):
        wish = started(
            ROOT,
            team=team,
            name=name,
            objective=_asked(objective, "--objective", "What becomes better by it"),
            problem=_asked(problem, "--problem", "binary, multiclass or regression"),
            label=_asked(label, "--label", "The column that the model foretells"),
            owner=owner,
            sources=source or [],
            identifier=identifier,
            time=time,
        )
        files = of_use_case(wish, ROOT, datetime.datetime.now(datetime.UTC).date())
        stacks = [f"{team}-{environment}" for environment in ENVIRONMENTS]
        write(files, ROOT, stacks=stacks, use_case=name)
    _told(files, f"next: mlops up -s {team}-sandbox, and make test")


def _asked(given: str | None, option: str, question: str) -> str:
    """Return an option; where it is missing, ask the person at the terminal."""
    if given is not None:
        return given
    if not _person():
        raise typer.BadParameter(f"{option} must be given where nobody can be asked")
    return str(typer.prompt(question))


def _person() -> bool:
    """Return whether somebody can be asked."""
    return sys.stdin.isatty()


def _pairs(given: list[str], option: str) -> dict[str, str]:
    found = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals:
            raise typer.BadParameter(f"{option} must be NAME=VALUE, got {one!r}")
        found[name] = value
    return found


def _told(files: dict[str, Any], following: str) -> None:
    for path in sorted(files):
        typer.echo(path)
    _SAID.print(following, markup=False)
