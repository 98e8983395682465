"""The page that ``mlops lineage`` prints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from rich.console import RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from pipelines.shared.lineage.facts import (
    Data,
    Execution,
    Lineage,
    TrainingJob,
    Tuning,
    Variant,
    Version,
)

UNTOLD = "-"


def page(found: Lineage) -> Iterator[RenderableType]:
    """Yield the parts of the page, from the endpoint back to raw data, the gaps last."""
    yield Rule(Text(f"{found.endpoint}: {found.status}", style="bold"), align="left")
    yield _rows(
        {
            "configuration": found.configuration,
            "changed": _when(found.changed),
            "drift": found.drift or "none: the live version is the one approved last",
        },
        alarming={"drift"} if found.drift else set(),
    )
    for variant in found.variants:
        yield from _variant(variant)
    if found.gaps:
        yield Rule(Text("not known", style="bold red"), align="left")
        for gap in found.gaps:
            yield Text(f"  {gap}", style="red")


def _variant(variant: Variant) -> Iterator[RenderableType]:
    kind = "shadow variant" if variant.shadow else "variant"
    version = variant.version
    title = f"{kind} {variant.name}"
    title += f": version {version.number} of {version.group}" if version else ": no version"
    yield Rule(title, align="left")
    yield _rows(
        {
            "weight": str(variant.weight),
            "instances": variant.instances,
            "model": variant.model,
        }
    )
    if version is None:
        return
    yield from _version(version)
    if version.execution:
        yield from _execution(version.execution)
    if version.training:
        yield from _training(version.training)
    if version.tuning:
        yield from _tuning(version.tuning)
    yield from _data(version.data)


def _version(version: Version) -> Iterator[RenderableType]:
    approval, code = version.approval, version.code
    yield _head("approval")
    yield _rows(
        {
            "status": approval.status,
            "by": f"{approval.by or UNTOLD} ({approval.how})",
            "at": _when(approval.at),
            "said": approval.description or UNTOLD,
        }
    )
    yield _head("code")
    yield _rows(
        {
            "commit": code.commit or UNTOLD,
            "branch": code.branch or UNTOLD,
            "author": code.author or UNTOLD,
            "archive": code.archive or UNTOLD,
        }
    )
    yield _head("metrics")
    yield _rows(
        {
            **{name: f"{value:.4f}" for name, value in version.metrics.items()},
            "champion": _champion(version.metadata),
            "evaluated": version.metadata.get("evaluated", UNTOLD),
            "baseline": version.baseline or UNTOLD,
        }
    )
    yield _head("registered")
    yield _rows(
        {
            "at": _when(version.registered),
            "because": version.description or UNTOLD,
            "model": version.model_data or UNTOLD,
            "image": version.image or UNTOLD,
        }
    )


def _execution(run: Execution) -> Iterator[RenderableType]:
    yield _head("pipeline execution")
    given = {name: value for name, value in run.parameters.items() if value}
    yield _rows(
        {
            "execution": run.arn.partition(":pipeline/")[2],
            "status": f"{run.status}, {_when(run.started)}, {_took(run.started, run.ended)}",
            "parameters": _pairs(given),
        }
    )
    steps = Table(box=None, pad_edge=False)
    for column in ("step", "status", "took", "made"):
        steps.add_column(column, overflow="fold")
    for step in run.steps:
        made = (step.made or UNTOLD).rpartition(":")[2]
        steps.add_row(step.name, step.status, _took(step.started, step.ended), made)
    yield Padding(steps, (0, 0, 0, 4))


def _training(job: TrainingJob) -> Iterator[RenderableType]:
    yield _head("training job")
    yield _rows(
        {
            "job": job.name,
            "ran": f"{_when(job.started)}, {_took(job.started, job.ended)} on {job.instances}",
            "hyperparameters": _pairs(job.hyperparameters),
            "reported": _pairs({name: f"{value:.4f}" for name, value in job.metrics.items()}),
            "inputs": "\n".join(f"{name}: {uri}" for name, uri in job.inputs.items()),
        }
    )


def _tuning(job: Tuning) -> Iterator[RenderableType]:
    yield _head("tuning job")
    yield _rows(
        {
            "job": f"{job.name}: {job.strategy}, {job.objective}",
            "trials": _pairs({kind: str(count) for kind, count in job.trials.items()}),
            "best": f"{job.best_job}: {job.best_value}",
        }
    )


def _data(data: Data) -> Iterator[RenderableType]:
    yield _head("data")
    yield _rows(
        {
            "as of": data.as_of or UNTOLD,
            "rows": data.rows or UNTOLD,
            "departures": data.window or UNTOLD,
            "held out from": data.holdout_from or UNTOLD,
            "months": ", ".join(data.months) or UNTOLD,
            "manifest": data.manifest or UNTOLD,
        }
    )
    if data.feature_groups:
        view = Table(title="feature view", title_justify="left", box=None, pad_edge=False)
        for column in ("group", "features", "records", "group changed"):
            view.add_column(column, overflow="fold")
        for group in data.feature_groups:
            view.add_row(
                group.name or group.offline_uri,
                ", ".join(group.used) or UNTOLD,
                group.records,
                _when(group.changed),
            )
        yield Padding(view, (0, 0, 0, 4))
    if data.sources:
        raw = Table(title="raw data", title_justify="left", box=None, pad_edge=False)
        for column in ("object", "what", "ETag", "S3 version", "now"):
            raw.add_column(column, overflow="fold")
        for one in data.sources:
            raw.add_row(one.uri, one.what, one.etag, one.version_id, one.now)
        yield Padding(raw, (0, 0, 0, 4))


def _champion(metadata: Mapping[str, str]) -> str:
    if metadata.get("champion_version") in {None, "none"}:
        return "none before it"
    told = f"version {metadata['champion_version']} had {metadata.get('champion_auc', UNTOLD)}"
    saw = metadata.get("champion_saw_holdout") == "true"
    return f"{told}, and had seen held-out flights" if saw else told


def _head(title: str) -> Text:
    return Text(f"  {title}", style="bold")


def _rows(pairs: Mapping[str, str], alarming: set[str] | None = None) -> Padding:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for key, value in pairs.items():
        style = "red" if alarming and key in alarming else ""
        table.add_row(key, Text(value or UNTOLD, style=style))
    return Padding(table, (0, 0, 0, 4))


def _pairs(values: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items()) or UNTOLD


def _when(moment: datetime | None) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if moment else UNTOLD


def _took(started: datetime | None, ended: datetime | None) -> str:
    if started is None or ended is None:
        return UNTOLD
    seconds = (ended - started).total_seconds()
    return f"{seconds:.1f} s" if seconds < 100 else f"{seconds / 60:.1f} min"  # noqa: PLR2004 - readable
