"""``mlops``: the loop on this machine. Real environments are Pulumi's: ``pulumi up``."""

from __future__ import annotations

import typer

from infra.cli import (
    card,
    config,
    demo,
    drift,
    experiments,
    explore,
    export,
    graph,
    lineage,
    new,
    plan,
    policy,
    prices,
    promote,
    quotas,
    release,
    stack,
    stacks,
    ui,
    verify,
)
from infra.collector import collect_rarely

app = typer.Typer(
    name="mlops",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_show_locals=False,
    help=(
        "The MLOps loop as code: features, training, registry, serving, drift and retraining, "
        "declared with Pulumi.\n\n"
        "These commands stand stacks up on an **emulator of AWS on this machine**: no account, no "
        "credentials, no network. For a real environment use Pulumi itself, with the same "
        "program and the same stack files: `pulumi up --stack flights-dev`.\n\n"
        "Begin with `mlops demo`, then `mlops up -s flights-sandbox`."
    ),
)
app.command()(demo.demo)
app.command()(stacks.up)
app.command()(stacks.status)
app.command()(stacks.down)
app.command()(ui.ui)
app.command()(plan.plan)
app.command()(graph.graph)
app.command()(verify.verify)
app.command()(drift.drift)
app.command()(quotas.quotas)
app.command()(lineage.lineage)
app.command()(experiments.experiments)
app.command()(card.card)
app.command()(explore.explore)
app.command()(policy.policy)
app.command()(promote.promote)
app.command()(release.release)
app.add_typer(config.app, name="config")
app.add_typer(export.app, name="export")
app.add_typer(new.app, name="new")
app.add_typer(prices.app, name="prices")
app.add_typer(stack.app, name="stack")


def main() -> None:
    """Run the command line of this process."""
    collect_rarely()
    app()


if __name__ == "__main__":
    main()
