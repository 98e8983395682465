"""Runs of a training pipeline side by side: what SageMaker Experiments notes of their jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Clients = Callable[[str], Any]
"""Makes a boto3 client of a service's name."""
TRAINING = "SageMakerTrainingJob"


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One training job of one execution."""

    trial: str
    """The execution's number."""
    component: str
    """Name of the trial component, which holds all the rest."""
    began: datetime
    parameters: Mapping[str, str | float]
    metrics: Mapping[str, float]
    """By name, the last value."""
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]


def runs(clients: Clients, experiment: str, *, limit: int) -> list[Run]:
    """Return the newest runs of an experiment, the newest first.

    Raises:
        ClientError: AWS refuses, for example for lack of ``sagemaker:Search``.
    """
    found: list[Run] = []
    for component in _components(clients("sagemaker"), experiment):
        if (component.get("Source") or {}).get("SourceType") == TRAINING:
            found.append(_run(component, experiment))
            if len(found) == limit:
                break
    return found


def differing(compared: list[Run]) -> set[str]:
    """Return the parameters that are not the same in all runs."""
    names = {name for run in compared for name in run.parameters}
    return {name for name in names if len({run.parameters.get(name) for run in compared}) > 1}


def _components(sagemaker: Any, experiment: str) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401 - boto3's
    mine = {"Name": "Parents.ExperimentName", "Operator": "Equals", "Value": experiment}
    pages = sagemaker.get_paginator("search").paginate(
        Resource="ExperimentTrialComponent",
        SearchExpression={"Filters": [mine]},
        SortBy="CreationTime",
        SortOrder="Descending",
    )
    for page in pages:
        for result in page["Results"]:
            yield result["TrialComponent"]


def _run(component: Mapping[str, Any], experiment: str) -> Run:
    trials = [
        parent["TrialName"]
        for parent in component.get("Parents") or ()
        if parent["ExperimentName"] == experiment
    ]
    return Run(
        trial=trials[0],
        component=component["TrialComponentName"],
        began=component.get("StartTime") or component["CreationTime"],
        parameters={
            name: value.get("NumberValue", value.get("StringValue", ""))
            for name, value in sorted((component.get("Parameters") or {}).items())
        },
        metrics={one["MetricName"]: one["Last"] for one in component.get("Metrics") or ()},
        inputs=_artifacts(component.get("InputArtifacts")),
        outputs=_artifacts(component.get("OutputArtifacts")),
    )


def _artifacts(held: Mapping[str, Any] | None) -> dict[str, str]:
    return {name: one["Value"] for name, one in sorted((held or {}).items())}
