"""``mlops stack``: the stacks there are, and those that stand for a while."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.root import ROOT

if TYPE_CHECKING:
    from stacks.config import StackConfig


class Role(Enum):
    """The roles of a stack's deployments."""

    PREVIEW = "preview"
    DEPLOY = "deploy"


class JobKind(Enum):
    """What a pipeline of GitLab is about."""

    CHANGE = "change"
    DEPLOY = "deploy"
    NIGHTLY = "nightly"


app = typer.Typer(no_args_is_help=True, help="The stacks there are; short-lived ones beside them.")


@app.command()
def new(
    base: Annotated[str, typer.Argument(help="Environment's own stack, such as `flights-dev`.")],
    *,
    instance: Annotated[
        str, typer.Option("--as", help="Third part of the new name: letters and a number, `pr12`.")
    ],
    expires: Annotated[
        str, typer.Option(help="Last day: `3d` from today, or a date; at most 30 days away.")
    ] = "3d",
    revision: Annotated[
        str | None, typer.Option(help="Branch, tag or commit that its deliveries build.")
    ] = None,
) -> None:
    """Write the file of a short-lived stack, made from an environment's own: not to be committed.

    It may be deleted with all it holds, tells nobody by mail, and has none of what an account has
    once. `mlops up -s` or `pulumi up --stack` then stand it up under its own name.
    """
    from infra.short_lived import last_day, write  # noqa: PLC0415 - seconds to import

    with _told():
        day = last_day(expires, _today())
        name, path = write(base, instance, day, ROOT, revision=revision)
    typer.echo(f"{name}: {path.relative_to(ROOT).as_posix()}, until {day.isoformat()}")


@app.command("list")
def list_(
    *,
    changed: Annotated[
        bool, typer.Option("--changed", help="Only those that the working tree may change.")
    ] = False,
    against: Annotated[
        str, typer.Option(help="Revision to compare with; all stacks where it is empty.")
    ] = "origin/main",
    as_json: Annotated[bool, typer.Option("--json", help="By environment, for programs.")] = False,
    outputs: Annotated[
        bool, typer.Option("--outputs", help="A line for each environment, as GitHub's jobs tell.")
    ] = False,
) -> None:
    """Tell the stacks in the order of their environments, or those that a change touches.

    By files: a layer touches its stacks, code touches all, and docs and tests touch none. What
    really differs is told by `mlops plan`.
    """
    from infra.changed import ORDER, in_order  # noqa: PLC0415 - seconds to import
    from infra.changed import changed as touched  # noqa: PLC0415
    from stacks.layers import load  # noqa: PLC0415
    from stacks.names import parse, stacks  # noqa: PLC0415

    with _told():
        found = touched(against, ROOT) if changed and against else in_order(stacks(ROOT))
    by = {one: [s for s in found if parse(s).environment == one] for one in ORDER}
    if as_json:
        typer.echo(json.dumps(by))
        return
    if outputs:
        by["deployed"] = [s for s in found if parse(s).environment != ORDER[0]]
        with _told():
            by["short_lived"] = [s for s in found if _lets_in(load(s, ROOT).config)]
        for key, names in by.items():
            typer.echo(f"{key}={json.dumps(names)}")
        return
    for stack in found:
        typer.echo(stack)


@app.command()
def place(
    stack: Annotated[str, typer.Argument(help="Such as `flights-dev`, or `flights-dev-pr12`.")],
) -> None:
    """Tell region and roles of a stack's deployments, a line each as a workflow's output takes it.

    The account is that of `accounts` in the stack's settings. A short-lived stack is deployed by
    its environment's own roles.
    """
    from infra.place import place as where  # noqa: PLC0415 - seconds to import

    with _told():
        for key, value in where(stack, ROOT).items():
            typer.echo(f"{key}={value}")


@app.command()
def assume(
    stack: Annotated[str, typer.Argument(help="Such as `flights-dev`, or `flights-dev-pr12`.")],
    role: Annotated[Role, typer.Argument(help="Which of its two roles.")],
) -> None:
    """Print what a job's shell evaluates to take a role: `eval "$(mlops stack assume …)"`.

    Reads the job's identity token from `AWS_TOKEN` and keeps it in a file that nobody else reads.
    """
    from infra.place import assumed  # noqa: PLC0415 - seconds to import

    with _told():
        for key, value in assumed(stack, role.value, ROOT).items():
            typer.echo(f"export {key}={quote(value)}")


@app.command("jobs")
def jobs_(
    kind: Annotated[JobKind, typer.Argument(help="What a pipeline of GitLab is about.")],
    *,
    against: Annotated[
        str, typer.Option(help="Revision to compare with; all stacks where it is empty.")
    ] = "",
    number: Annotated[int | None, typer.Option(help="Of the merge request.")] = None,
    output: Annotated[Path | None, typer.Option(help="File to write; else it is shown.")] = None,
) -> None:
    """Write a pipeline of GitLab with a job for each stack that is touched."""
    from infra.changed import changed as touched  # noqa: PLC0415 - seconds to import
    from infra.changed import in_order  # noqa: PLC0415
    from infra.gitlab_jobs import jobs, text  # noqa: PLC0415
    from stacks.names import stacks  # noqa: PLC0415

    with _told():
        found = touched(against, ROOT) if against else in_order(stacks(ROOT))
    told = text(jobs(kind.value, found, number=number))
    if output is None:
        typer.echo(told, nl=False)
        return
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(told, encoding="utf-8")


@app.command()
def remove(
    stack: Annotated[str, typer.Argument(help="A short-lived stack, such as `flights-dev-pr12`.")],
) -> None:
    """Delete a short-lived stack in AWS with all it holds; one that does not stand is fine."""
    from infra.pulumi_cli import remove as delete  # noqa: PLC0415 - seconds to import
    from infra.pulumi_cli import short_lived  # noqa: PLC0415
    from infra.short_lived import again, base_of  # noqa: PLC0415

    with _told():
        base = base_of(stack)
        if stack not in {one.stack for one in short_lived(base, root=ROOT)}:
            typer.echo(f"{stack} does not stand")
            return
        again(stack, _today(), ROOT)
        delete(stack, root=ROOT)


@app.command()
def sweep(
    base: Annotated[str, typer.Argument(help="Environment's own stack, such as `flights-dev`.")],
) -> None:
    """Delete the short-lived stacks beside a stack whose last day is over.

    One that cannot be deleted keeps no other; then it exits with 1.
    """
    from infra.pulumi_cli import PulumiError, last_day, short_lived  # noqa: PLC0415 - see above
    from infra.pulumi_cli import remove as delete  # noqa: PLC0415
    from infra.short_lived import again  # noqa: PLC0415
    from stacks.errors import StackError  # noqa: PLC0415
    from stacks.layers import load  # noqa: PLC0415

    failed: list[str] = []
    with _told():
        load(base, ROOT)
        for one in list(short_lived(base, root=ROOT)):
            try:
                day = last_day(one, root=ROOT)
                if day is None or day >= _today():
                    typer.echo(f"{one.stack} stays until {day or 'its first update'}")
                    continue
                typer.echo(f"{one.stack} was to go after {day}")
                again(one.stack, day, ROOT)
                delete(one.stack, root=ROOT)
            except (PulumiError, StackError) as error:  # the next one may go all the same
                failed.append(f"{one.stack}: {error}")
    for told in failed:
        typer.echo(told, err=True)
    if failed:
        raise typer.Exit(1)


def _lets_in(config: StackConfig) -> bool:
    """Return whether short-lived stacks may be deployed beside this one."""
    outside = config.deployment.outside
    return outside is not None and bool(outside.short_lived)


def _today() -> date:
    return datetime.now(UTC).date()


@contextmanager
def _told() -> Iterator[None]:
    """Tell wrong names and files with 2, a failed command with 1."""
    from infra.changed import RevisionError  # noqa: PLC0415 - seconds to import
    from infra.pulumi_cli import PulumiError  # noqa: PLC0415
    from stacks.errors import StackError  # noqa: PLC0415

    try:
        yield
    except (StackError, RevisionError) as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from error
    except PulumiError as error:
        typer.echo(error, err=True)
        raise typer.Exit(1) from error
