"""``mlops export``: a stack's pipelines and features for the tools that people already have."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from infra.cli.root import ROOT

if TYPE_CHECKING:
    from infra.orchestrators.files import Generated

app = typer.Typer(
    no_args_is_help=True,
    help=(
        "What the stack declares, for tools that people already have.\n\n"
        "Nothing is declared a second time: each file is made from the pipeline definitions, the"
        " feature schema and the stack's settings, and says so in its first line. Change those and"
        " export again; `--check` in a workflow says whether somebody forgot. An unchanged tree"
        " writes the same bytes. A file that was not made so, or was changed by hand since, is left"
        " as it is, and nothing is written."
    ),
)
Stack = Annotated[str, typer.Option("--stack", "-s", help="For example `flights-dev`.")]
UseCase = Annotated[str | None, typer.Option("--use-case", "-u", help="Only this use case.")]
Pipeline = Annotated[
    str | None, typer.Option("--pipeline", "-p", help="Only this one, such as `training`.")
]
Out = Annotated[Path, typer.Option("--out", "-o", file_okay=False, help="Folder to write into.")]
Check = Annotated[
    bool, typer.Option("--check", help="Write nothing; exit with 1 where something would change.")
]
Python = Annotated[
    Path | None,
    typer.Option(
        "--python",
        exists=True,
        dir_okay=False,
        help="A Python that has the real tool: it loads the files before they are written.",
    ),
]


@app.command()
def airflow(  # noqa: PLR0913 - one parameter for each option
    stack: Stack,
    out: Out,
    use_case: UseCase = None,
    pipeline: Pipeline = None,
    *,
    check: Check = False,
    python: Python = None,
) -> None:
    """Write an Airflow DAG for each pipeline, and the operator that runs them.

    `dags/` goes into Airflow's folder of DAGs and `plugins/` into its folder of plugins, or set
    `AIRFLOW__CORE__DAGS_FOLDER` and `AIRFLOW__CORE__PLUGINS_FOLDER` to them. A DAG starts the
    SageMaker pipeline with its params, logs each step as it changes, fails with the steps' own
    reasons, and stops the execution when its task is killed or cleared. It holds no secret: it asks
    AWS by the connection `orchestrators.airflow.connection_id` of the stack's settings.

    Needs Airflow 3 with apache-airflow-providers-amazon: docs/orchestrators.md.
    """
    from infra.orchestrators.airflow import generate  # noqa: PLC0415 - seconds to import
    from infra.orchestrators.loading import load_airflow  # noqa: PLC0415
    from infra.orchestrators.pipelines import choose  # noqa: PLC0415

    with _told():
        chosen = choose(stack, ROOT, use_case=use_case, pipeline=pipeline)
        generated = generate(chosen, _command("airflow", stack))
        if python is not None:
            load_airflow(generated, python)
        _finish(generated, out, check=check)


@app.command()
def kubeflow(  # noqa: PLR0913 - one parameter for each option
    stack: Stack,
    out: Out,
    use_case: UseCase = None,
    pipeline: Pipeline = None,
    *,
    check: Check = False,
    python: Python = None,
) -> None:
    """Write a pipeline of Kubeflow Pipelines for each of the stack's, compiled beside it.

    Upload the `.yaml`, or create a run or a recurring run of it. Its one step starts the SageMaker
    pipeline, logs each step as it changes, and fails with the steps' own reasons. It asks AWS with
    the pod's own identity; image and packages are `orchestrators.kubeflow` of the stack's settings.

    kfp compiles: that of `--python`, or of `.venv-kubeflow` (`make orchestrators`). Without either,
    the Python files are written alone, and each compiles itself when run.
    """
    from infra.orchestrators.kubeflow import generate  # noqa: PLC0415 - seconds to import
    from infra.orchestrators.pipelines import choose  # noqa: PLC0415

    if python is None and (ours := ROOT / ".venv-kubeflow/bin/python").exists():
        python = ours
    with _told():
        chosen = choose(stack, ROOT, use_case=use_case, pipeline=pipeline)
        _finish(generate(chosen, _command("kubeflow", stack), python=python), out, check=check)
    if python is None:
        typer.echo("not compiled: no kfp here, name a Python that has it with --python", err=True)


@app.command()
def feast(
    stack: Stack,
    out: Out,
    use_case: UseCase = None,
    *,
    check: Check = False,
    python: Python = None,
) -> None:
    """Write a Feast repository for each use case, from the schema of its feature groups.

    In `<use case>/`: `python sync.py` brings the offline stores over, into `data/`; then
    `feast apply`, `feast materialize`, and `get_historical_features`, which joins as the training
    pipeline does. Entities are the record identifiers. The online store is Feast's own, sqlite or
    DynamoDB: `orchestrators.feast.online_store` of the stack's settings.

    Needs feast with its extras aws and duckdb: docs/orchestrators.md.
    """
    from infra.orchestrators.feast import generate  # noqa: PLC0415 - seconds to import
    from infra.orchestrators.loading import load_feast  # noqa: PLC0415

    with _told():
        generated = generate(stack, ROOT, _command("feast", stack), use_case=use_case)
        if python is not None:
            load_feast(generated, python)
        _finish(generated, out, check=check)


def _command(tool: str, stack: str) -> str:
    return f"mlops export {tool} -s {stack}"


def _finish(generated: Generated, out: Path, *, check: bool) -> None:
    """Write what was generated, or say what writing would change.

    Raises:
        ExportError: a file is no Python, or one of somebody else's is in the way.
    """
    from infra.orchestrators.files import compare, compiled, write  # noqa: PLC0415

    compiled(generated.files)
    if check:
        differences = compare(generated, out)
        for one in differences:
            typer.echo(f"{out / one.name} {one.what}")
        if differences:
            typer.echo(f"bring it up to date: {generated.command} -o {out}", err=True)
            raise typer.Exit(1)
        typer.echo(f"{out} is what would be generated")
        return
    changed = write(generated, out)
    for name in changed:
        gone = name.startswith("-")
        typer.echo(f"removed {out / name[1:]}" if gone else str(out / name))
    if not changed:
        typer.echo(f"{out} was up to date")


def _told() -> AbstractContextManager[None]:
    from infra.cli.errors import told  # noqa: PLC0415 - a second, which --help need not wait for

    return told(Console(stderr=True, soft_wrap=True))
