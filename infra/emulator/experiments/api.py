"""What is told of experiments, their trials and the components of these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from moto.sagemaker.exceptions import ResourceNotFound, ValidationError

from infra.emulator.lineage.observe import observe
from infra.emulator.sagemaker_api import Call, Operation, between, page, present

Item = Any
"""moto's experiment, trial or component, all untyped."""


def parents(call: Call, component: Item) -> list[dict[str, str]]:
    """Return the trials that a component is associated with, and their experiments."""
    return [
        {"ExperimentName": trial.experiment_name, "TrialName": trial.trial_name}
        for trial in call.backend.trials.values()
        if component.trial_component_name in trial.trial_components
    ]


def told(component: Item) -> dict[str, Any]:
    """Return what is known of a component, its source and metrics in SageMaker's shape."""
    answer: dict[str, Any] = component.response_object
    sources = list(component.sources)
    source = sources[0] if sources else None
    if source is not None:
        for metric in answer.get("Metrics") or []:
            metric["SourceArn"] = source["SourceArn"]
    return present([*answer.items(), ("Source", source), ("Sources", sources or None)])


def describe_component(call: Call) -> Mapping[str, Any]:
    """Return a component.

    Raises:
        ResourceNotFound: there is none of that name.
    """
    observe(call.context, call.backend)
    name = call.parameters["TrialComponentName"].rpartition("/")[2]
    found = call.backend.trial_components.get(name)
    if found is None:
        raise ResourceNotFound(f"Trial component {name} does not exist.")
    return told(found)


def describe_experiment(call: Call) -> Mapping[str, Any]:
    """Return an experiment.

    Raises:
        ResourceNotFound: there is none of that name.
    """
    name = call.parameters["ExperimentName"]
    if name not in call.backend.experiments:
        raise ResourceNotFound(f"Experiment {name} does not exist.")
    return _summary("Experiment", call.backend.experiments[name])


def list_components(call: Call) -> Mapping[str, Any]:
    """Return the components of an experiment, a trial or a source, or all.

    Raises:
        ValidationError: more than one of the three is given.
    """
    observe(call.context, call.backend)
    asked = call.parameters
    given = [name for name in ("ExperimentName", "TrialName", "SourceArn") if asked.get(name)]
    if len(given) > 1:
        raise ValidationError(f"only one of {given} can be given")

    def wanted(component: Item) -> bool:
        if source := asked.get("SourceArn"):
            return source in {one["SourceArn"] for one in component.sources}
        return not given or any(
            one[given[0]] == asked[given[0]] for one in parents(call, component)
        )

    held = [one for one in call.backend.trial_components.values() if wanted(one)]
    return _listed("TrialComponent", call, held)


def list_trials(call: Call) -> Mapping[str, Any]:
    """Return the trials of an experiment, those of a component, or all."""
    observe(call.context, call.backend)
    asked = call.parameters
    held = [
        one
        for one in call.backend.trials.values()
        if asked.get("ExperimentName") in {None, one.experiment_name}
        and (
            not asked.get("TrialComponentName")
            or asked["TrialComponentName"] in one.trial_components
        )
    ]
    return _listed("Trial", call, held)


def list_experiments(call: Call) -> Mapping[str, Any]:
    """Return the experiments."""
    return _listed("Experiment", call, list(call.backend.experiments.values()))


def _listed(word: str, call: Call, held: Sequence[Item]) -> Mapping[str, Any]:
    asked = call.parameters
    found = [
        _summary(word, one)
        for one in held
        if between(one.creation_time, asked.get("CreatedAfter"), asked.get("CreatedBefore"))
    ]
    key = f"{word}Name" if asked.get("SortBy") == "Name" else "CreationTime"
    found.sort(key=lambda one: one[key], reverse=asked.get("SortOrder") != "Ascending")
    rows, token = page(found, asked, default=10)
    return {f"{word}Summaries": rows, "NextToken": token}


def _summary(word: str, item: Item) -> dict[str, Any]:
    name = getattr(item, _NAMES[word])
    shared = [
        (f"{word}Arn", item.arn),
        (f"{word}Name", name),
        ("DisplayName", getattr(item, "display_name", None) or name),
        ("CreationTime", item.creation_time),
        ("LastModifiedTime", item.last_modified_time),
    ]
    if word == "TrialComponent":
        known = told(item)
        names = ("Status", "StartTime", "EndTime")
        shared += [(name, known.get(name)) for name in names]
        shared.append(("TrialComponentSource", known.get("Source")))
    return present(shared)


_NAMES = {
    "Experiment": "experiment_name",
    "Trial": "trial_name",
    "TrialComponent": "trial_component_name",
}

OPERATIONS: dict[str, Operation] = {
    "DescribeTrialComponent": describe_component,
    "DescribeExperiment": describe_experiment,
    "ListTrialComponents": list_components,
    "ListTrials": list_trials,
    "ListExperiments": list_experiments,
}
