"""The registry's versions, what made each, and trainings side by side."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from infra.experiments import differing, runs
from infra.status.endpoint import endpoint
from infra.status.facts import Endpoint
from infra.status.versions import registered, versions
from infra.ui.look import Look, Page
from pipelines.shared.lineage.asking import Asking
from pipelines.shared.lineage.facts import Lineage
from pipelines.shared.lineage.trace import trace
from pipelines.shared.lineage.version import version
from pipelines.shared.serving.variants import configuration

PAGE: Final = 10
TRAININGS: Final = 6


def page(look: Look, use_case: str, after: str) -> Page:
    """Return one page of versions, newest first, and which of them is live."""
    settings = look.source.use_case(use_case)
    name = look.prefix(use_case)
    panels = look.ask(
        {
            "listed": lambda: versions(look.client, name, count=PAGE, after=after),
            "served": lambda: endpoint(look.client("sagemaker"), name, settings.serving),
        }
    )
    listed = panels["listed"]
    arns, more = ([], "") if listed.trouble else listed.value
    rows = look.ask({arn: partial(registered, look.client, arn) for arn in arns})
    return Page(
        template="registry.html.j2",
        title=f"Versions of {use_case}",
        use_case=use_case,
        section="registry",
        facts={
            **panels,
            "rows": rows,
            "figures": list(
                dict.fromkeys(
                    key for panel in rows.values() if panel.value for key in panel.value.metrics
                )
            ),
            "live": {} if panels["served"].trouble else _serving(panels["served"].value),
            "next": more,
            "paged": bool(after),
        },
    )


def lineage(look: Look, use_case: str) -> Page:
    """Return what made everything that the endpoint serves."""
    look.source.use_case(use_case)
    panels = look.ask({"traced": lambda: _traced(look, look.prefix(use_case))})
    return Page(
        template="lineage.html.j2",
        title=f"Lineage of what is live of {use_case}",
        use_case=use_case,
        section="lineage",
        facts=panels,
    )


def one(look: Look, use_case: str, number: int) -> Page:
    """Return what made one version."""
    look.source.use_case(use_case)
    sagemaker = look.client("sagemaker")
    group = look.prefix(use_case)
    told = sagemaker.describe_model_package_group(ModelPackageGroupName=group)
    arn = told["ModelPackageGroupArn"].replace(":model-package-group/", ":model-package/")
    panels = look.ask({"told": lambda: _version(look, f"{arn}/{number}")})
    return Page(
        template="version.html.j2",
        title=f"Version {number} of {use_case}",
        use_case=use_case,
        section="registry",
        facts={**panels, "number": number},
    )


def experiments(look: Look, use_case: str) -> Page:
    """Return the newest trainings side by side."""
    look.source.use_case(use_case)
    experiment = f"{look.prefix(use_case)}-training"
    panels = look.ask({"trainings": lambda: _trainings(look, experiment)})
    return Page(
        template="experiments.html.j2",
        title=f"Trainings of {use_case}",
        use_case=use_case,
        section="experiments",
        facts={**panels, "experiment": experiment},
    )


def _traced(look: Look, name: str) -> Lineage | None:
    """Return what made what an endpoint serves; ``None`` before there is one."""
    if configuration(look.client("sagemaker"), name) is None:
        return None
    return trace(look.client, name)


def _serving(served: Endpoint) -> dict[str, str]:
    """Return by version how it serves: ``live`` or ``shadow``."""
    return {one.version: "shadow" if one.shadow else "live" for one in served.variants}


def _trainings(look: Look, experiment: str) -> dict[str, Any]:
    found = runs(look.client, experiment, limit=TRAININGS)
    held: dict[str, list[Mapping[str, Any]]] = {
        "metrics": [run.metrics for run in found],
        "parameters": [run.parameters for run in found],
    }
    names = {
        heading: list(dict.fromkeys(name for one in listed for name in one))
        for heading, listed in held.items()
    }
    return {"runs": found, "held": held, "names": names, "differs": differing(found)}


def _version(look: Look, arn: str) -> dict[str, Any]:
    asking = Asking(look.client)
    found = version(asking, arn)
    if found is None:
        raise LookupError(asking.gaps[0])
    return {"version": found, "gaps": asking.gaps}
