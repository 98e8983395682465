"""The page that ``mlops status -s STACK`` prints of each use case."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from infra.status.facts import Endpoint, Measured, Pipeline, UseCaseStatus

GOOD = frozenset({"Succeeded", "InService"})
BAD = frozenset({"Failed", "OutOfService", "UpdateRollbackFailed"})


def page(status: UseCaseStatus) -> Iterator[RenderableType]:
    """Yield endpoint, pipelines, drift, alarms and decisions, in the order that people ask."""
    yield Rule(Text(status.use_case, style="bold"), align="left")
    yield from _endpoint(status.endpoint)
    yield _pipelines(status.pipelines)
    yield _drift(status.drift)
    for alarm in status.alarms:
        told = f"ALARM {alarm.name} since {alarm.since:%Y-%m-%d %H:%M}: {alarm.description}"
        yield Text(told, style="red")
    if not status.alarms:
        yield Text("no alarm is on", style="green")
    table = _table("decisions on retraining and shadow", "at", "decision", "rule", "reason")
    for one in status.decisions:
        table.add_row(one.at, one.decision, one.rule, one.reason)
    yield table if status.decisions else Text("nothing was decided yet")


def _endpoint(endpoint: Endpoint) -> Iterator[RenderableType]:
    title = f"endpoint {endpoint.name}: "
    yield Text.assemble(title, (endpoint.status, _style(endpoint.status)))
    if endpoint.reason:
        yield Text(f"  last update: {endpoint.reason}", style="red")
    for one in endpoint.variants:
        version = f"version {one.version}" if one.version else "a model of no version"
        kind = "shadow " if one.shadow else ""
        yield Text(
            f"  {kind}{one.name}: {version}, weight {one.weight:g}, instances {one.instances}"
        )
    for pair in endpoint.versions:
        if pair.differs:
            yield Text(f"  {pair.difference}", style="red")


def _pipelines(pipelines: tuple[Pipeline, ...]) -> Table:
    table = _table("pipelines", "pipeline", "status", "began", "took", "step", "reason")
    for pipeline in pipelines:
        if not pipeline.runs:
            table.add_row(pipeline.name, "never ran")
        for number, run in enumerate(pipeline.runs):
            table.add_row(
                pipeline.name if number == 0 else "",
                Text(run.status, style=_style(run.status)),
                f"{run.began:%Y-%m-%d %H:%M}",
                f"{run.seconds:.0f} s",
                run.step,
                run.reason,
            )
    return table


def _drift(measured: tuple[Measured, ...]) -> RenderableType:
    if not measured:
        return Text("drift was not measured yet")
    table = _table("drift and quality, newest values", "metric", "of", "value", "at")
    for one in measured:
        of = ", ".join(one.dimensions.values())
        table.add_row(one.metric, of, f"{one.value:.4g}", f"{one.at:%Y-%m-%d}")
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold", style=None, header_style="dim")
    return table


def _style(status: str) -> str:
    return "green" if status in GOOD else "red" if status in BAD else "yellow"
