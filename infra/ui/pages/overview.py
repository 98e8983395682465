"""The front page: the two answers, and all use cases at a glance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from infra.apply.status import status as state_of
from infra.status.alarms import alarms
from infra.status.decisions import decisions, table_of
from infra.status.endpoint import endpoint
from infra.status.facts import Decision, Measured
from infra.status.measurements import OBJECTIVES, newest
from infra.status.pipelines import pipelines
from infra.status.runs import outcome
from infra.status.stack import dashboards, made_from
from infra.ui.look import Look, Page
from infra.ui.panels import Panel
from pipelines.shared.lineage.asking import Asking
from pipelines.shared.lineage.facts import Version
from pipelines.shared.lineage.version import version
from pipelines.shared.release.versions import answering
from pipelines.shared.serving.variants import configuration

EARLIER: Final = 3
GATE: Final = frozenset({"retrain", "refuse", "failed"})
PAGES: Final = 5
"""Pages of decisions gone through for the last that refused."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdicts:
    """What the gate said last, and when it last refused."""

    newest: Decision | None
    refused: Decision | None
    before: tuple[Decision, ...]
    """Earlier refusals, of each moment one."""
    looked_at: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Live:
    """The version behind the variant that answers most."""

    variant: str
    version: Version | None
    """``None`` where the model is none of the registry's."""
    gaps: tuple[str, ...]


def page(look: Look) -> Page:
    """Return the front page."""
    config = look.source.config
    questions: dict[str, Callable[[], Any]] = {
        "standing": partial(_standing, look),
        "dashboards": lambda: dashboards(look.client("cloudwatch"), look.stack),
        "alarms": lambda: alarms(look.client("cloudwatch"), look.stack, on=True),
    }
    for name, settings in config.use_cases.items():
        prefix = look.prefix(name)
        questions |= {
            f"{name} refused": partial(verdicts, look, name),
            f"{name} live": partial(live, look, prefix),
            f"{name} endpoint": partial(
                lambda prefix, serving: endpoint(look.client("sagemaker"), prefix, serving),
                prefix,
                settings.serving,
            ),
            f"{name} measured": partial(_measured, look, name),
            f"{name} pipelines": partial(_last_runs, look, prefix),
            f"{name} made": partial(made_from, look.client, f"{prefix}-training"),
        }
    panels = look.ask(questions)
    return Page(
        template="overview.html.j2",
        title=look.stack,
        facts={
            "standing": panels["standing"],
            "dashboards": panels["dashboards"],
            "alarms": panels["alarms"],
            "use_cases": {
                name: _of(panels, name) | {"on": _on(panels["alarms"], look.prefix(name))}
                for name in config.use_cases
            },
        },
    )


def verdicts(look: Look, use_case: str) -> Verdicts | None:
    """Return the gate's newest decision and its newest refusal; ``None`` without a table."""
    dynamodb = look.client("dynamodb")
    table = table_of(dynamodb, look.stack, use_case)
    if table is None:
        return None
    seen, before = 0, ""
    newest_one: Decision | None = None
    refused: dict[str, Decision] = {}
    for _ in range(PAGES):
        found, before = decisions(dynamodb, table, use_case, before=before)
        seen += len(found)
        gate = [one for one in found if one.decision in GATE]
        newest_one = newest_one or next(iter(gate), None)
        for one in gate:
            if one.decision == "refuse":
                refused.setdefault(one.at, one)
        if len(refused) > EARLIER or not before:
            break
    listed = list(refused.values())[: EARLIER + 1]
    return Verdicts(
        newest=newest_one,
        refused=next(iter(listed), None),
        before=tuple(listed[1:]),
        looked_at=seen,
    )


def live(look: Look, name: str) -> Live | None:
    """Return the version that answers most requests; ``None`` before there is an endpoint."""
    sagemaker = look.client("sagemaker")
    found = configuration(sagemaker, name)
    if found is None:
        return None
    heard = [one for one in answering(sagemaker, found)[0] if not one.shadow]
    main = max(heard, key=lambda one: one.weight, default=None)
    if main is None:
        return None
    asking = Asking(look.client)
    told = version(asking, main.package) if main.package else None
    return Live(variant=main.name, version=told, gaps=tuple(asking.gaps))


def _of(panels: Mapping[str, Panel], use_case: str) -> dict[str, Any]:
    start = f"{use_case} "
    return {name.removeprefix(start): one for name, one in panels.items() if name.startswith(start)}


def _on(alarmed: Panel, prefix: str) -> list[str]:
    """Return the short names of a use case's alarms that are on."""
    start = f"{prefix}-"
    names = [one.name for one in alarmed.value or ()]
    return [name.removeprefix(start) for name in names if name.startswith(start)]


def _last_runs(look: Look, prefix: str) -> dict[str, Any]:
    """Return the newest runs, and of those that ended well what their conditions answered."""
    sagemaker = look.client("sagemaker")
    found = pipelines(sagemaker, prefix, count=1)
    well = [run.arn for one in found for run in one.runs if run.status == "Succeeded"]
    return {"pipelines": found, "outcomes": {arn: outcome(sagemaker, arn) for arn in well}}


def _measured(look: Look, use_case: str) -> dict[str, Any]:
    """Return the newest values: of each metric, and of features the worst."""
    found = newest(look.client, look.stack, use_case)
    groups = [one for one in found if one.metric == "FeatureDrift"]
    worst: Measured | None = max(groups, key=lambda one: (one.at, one.value), default=None)
    others = {one.metric: one for one in found if one.metric != "FeatureDrift"}
    judged = max(
        (name for name in OBJECTIVES if name in others), key=lambda n: others[n].at, default=""
    )
    return {
        "worst": worst,
        "judged": OBJECTIVES.get(judged, "Performance"),
        "reached": others.get(judged),
        "lost": others.get(f"{judged}Drop"),
        "broken": others.get("DataQualityViolations"),
    }


def _standing(look: Look) -> dict[str, Any]:
    """Return how many resources stand, by component or by service."""
    endpoint_url = look.place.endpoint
    if endpoint_url is not None:
        state = state_of(look.stack, endpoint_url)
        resources = () if state is None else state.resources
        kinds = Counter(one.type.partition(":")[2].partition("/")[0] for one in resources)
        return {"count": len(resources), "kinds": dict(kinds.most_common())}
    name = look.source.config.name
    tags = {"team": name.team, "environment": name.environment}
    tags |= {"instance": name.instance} if name.instance else {}
    pages = (
        look.client("resourcegroupstaggingapi")
        .get_paginator("get_resources")
        .paginate(TagFilters=[{"Key": key, "Values": [value]} for key, value in tags.items()])
    )
    arns = [one["ResourceARN"] for page in pages for one in page["ResourceTagMappingList"]]
    return {
        "count": len(arns),
        "kinds": dict(Counter(arn.split(":")[2] for arn in arns).most_common()),
    }
