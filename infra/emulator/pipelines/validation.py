"""Checks a pipeline definition (schema 2020-12-01) without running anything.

Pure: takes the definition, returns every problem it finds. Schema:
https://aws-sagemaker-mlops.github.io/sagemaker-model-building-pipeline-definition-JSON-schema/
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.emulator.pipelines import conditions, parameters, references

VERSION = "2020-12-01"
EMULATED = frozenset(
    {
        "Processing",
        "Training",
        "Tuning",
        "Transform",
        "Condition",
        "Model",
        "RegisterModel",
        "Lambda",
        "Callback",
        "Fail",
    }
)
NOT_EMULATED = frozenset(
    {
        "AutoML",
        "ClarifyCheck",
        "QualityCheck",
        "EMR",
        "EMRServerless",
        "NotebookJob",
        "ForEach",
        "Endpoint",
        "EndpointConfig",
        "InferenceComponent",
        "MonitorBatchTransform",
        "CleanupResources",
        "Lineage",
        "Evaluation",
    }
)
_NEEDS = {"Lambda": "FunctionArn", "Callback": "SqsQueueUrl"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a definition."""

    where: str
    """``Steps.Train.Arguments``, ``Parameters.Depth``; empty for the whole."""
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


def validate(definition: str | Mapping[str, Any]) -> list[Problem]:
    """Return what is wrong with a definition; empty when nothing is."""
    if isinstance(definition, str):
        try:
            definition = json.loads(definition)
        except ValueError as error:
            return [Problem("", f"definition is not JSON: {error}")]
    if not isinstance(definition, Mapping):
        return [Problem("", "definition must be a JSON object")]
    problems = []
    if (version := definition.get("Version")) != VERSION:
        problems.append(Problem("Version", f"must be {VERSION}, got {version}"))
    declared = definition.get("Parameters") or []
    problems += _parameters(declared)
    top = definition.get("Steps")
    if not isinstance(top, list) or not top:
        return [*problems, Problem("Steps", "must be a list of at least one step")]
    broken = list(_shapes(top, "Steps"))
    if broken:
        return problems + broken
    steps = list(all_steps(top))
    problems += _names(steps)
    names = {step["Name"]: step for step in steps}
    known = {item.get("Name") for item in declared if isinstance(item, Mapping)}
    for step in steps:
        problems += _references(step, names, known)
    if not problems:
        problems += _cycles(top)
    return problems


def all_steps(steps: list[Any]) -> Iterator[dict[str, Any]]:
    """Yield every step, those inside conditions too."""
    for step in steps:
        yield step
        yield from all_steps(branch_steps(step))


def branch_steps(step: Mapping[str, Any]) -> list[Any]:
    """Return the steps inside a condition, of both branches."""
    if step.get("Type") != "Condition":
        return []
    given = step["Arguments"]
    return [*(given.get("IfSteps") or []), *(given.get("ElseSteps") or [])]


def dependencies(step: Mapping[str, Any]) -> set[str]:
    """Return the names of the steps that must succeed before this one, branches not looked into."""
    own = {key: value for key, value in step.items() if key not in {"Arguments", "DependsOn"}}
    given = step.get("Arguments") or {}
    if step.get("Type") == "Condition":
        given = {key: value for key, value in given.items() if not key.endswith("Steps")}
    found = set(step.get("DependsOn") or [])
    for path in references.gets([own, given]):
        parts = path.split(".")
        if parts[0] == "Steps":
            found.add(str(references.parse(path)[1]))
    return found


def _parameters(declared: Any) -> Iterator[Problem]:  # noqa: ANN401 - any JSON
    seen = set()
    for number, item in enumerate(declared):
        if not isinstance(item, Mapping) or "Name" not in item:
            yield Problem(f"Parameters[{number}]", "must be an object with a Name")
            continue
        where = f"Parameters.{item['Name']}"
        if item["Name"] in seen:
            yield Problem(where, "is declared twice")
        seen.add(item["Name"])
        if (kind := item.get("Type")) not in parameters.TYPES:
            yield Problem(where, f"Type must be one of {sorted(parameters.TYPES)}, got {kind}")
        elif (default := item.get("DefaultValue")) is not None:
            if kind != "String" and isinstance(default, str):
                yield Problem(where, f"DefaultValue must be of type {kind}, got {default!r}")
            elif wrong := parameters.problem(item, default):
                yield Problem(where, f"DefaultValue {wrong}")


def _shapes(steps: list[Any], where: str) -> Iterator[Problem]:
    for number, step in enumerate(steps):
        if not isinstance(step, Mapping) or not isinstance(step.get("Name"), str):
            yield Problem(f"{where}[{number}]", "must be an object with a Name")
            continue
        place = f"Steps.{step['Name']}"
        kind = step.get("Type")
        if kind in NOT_EMULATED:
            yield Problem(place, f"step type {kind} is not emulated")
        elif kind not in EMULATED:
            yield Problem(place, f"Type must be one of {sorted(EMULATED)}, got {kind}")
        elif not isinstance(step.get("Arguments"), Mapping):
            yield Problem(f"{place}.Arguments", "must be an object")
        elif not _is_names(step.get("DependsOn")):
            yield Problem(f"{place}.DependsOn", "must be a list of step names")
        elif kind == "Condition":
            yield from _condition(step, place)
        elif kind == "Fail" and "ErrorMessage" not in step["Arguments"]:
            yield Problem(f"{place}.Arguments", "must have an ErrorMessage")
        elif (needed := _NEEDS.get(str(kind))) and needed not in step:
            yield Problem(place, f"must have a {needed}")


def _is_names(value: object) -> bool:
    return value is None or (isinstance(value, list) and all(isinstance(v, str) for v in value))


def _condition(step: Mapping[str, Any], place: str) -> Iterator[Problem]:
    given = step["Arguments"]
    tests = given.get("Conditions")
    if not isinstance(tests, list) or not tests:
        yield Problem(f"{place}.Arguments.Conditions", "must be a list of at least one condition")
    else:
        for test in tests:
            for fault in conditions.faults(test):
                yield Problem(f"{place}.Arguments.Conditions", fault)
    for branch in ("IfSteps", "ElseSteps"):
        yield from _shapes(given.get(branch) or [], f"{place}.{branch}")


def _names(steps: list[dict[str, Any]]) -> Iterator[Problem]:
    seen = set()
    for step in steps:
        if step["Name"] in seen:
            yield Problem(f"Steps.{step['Name']}", "name is used by more than one step")
        seen.add(step["Name"])


def _references(
    step: Mapping[str, Any], names: Mapping[str, Mapping[str, Any]], known: set[Any]
) -> Iterator[Problem]:
    where = f"Steps.{step['Name']}"
    for name in step.get("DependsOn") or []:
        if name not in names:
            yield Problem(f"{where}.DependsOn", f"there is no step {name}")
    own = dict(step)
    if step["Type"] == "Condition":
        given = step["Arguments"]
        own["Arguments"] = {k: v for k, v in given.items() if not k.endswith("Steps")}
    for path in references.gets(own):
        fault = _dangling(path, names, known)
        if fault:
            yield Problem(where, f"Get {path}: {fault}")


def _dangling(path: str, names: Mapping[str, Mapping[str, Any]], known: set[Any]) -> str | None:
    try:
        parts = references.parse(path)
    except references.DanglingError as error:
        return str(error)
    root, name = parts[0], str(parts[1]) if len(parts) > 1 else ""
    if root == "Parameters":
        return None if name in known else f"parameter {name} is not declared"
    if root == "Execution":
        known_variable = name in references.EXECUTION_VARIABLES
        return None if known_variable else f"there is no execution variable {name}"
    if root != "Steps":
        return "must begin with Parameters, Steps or Execution"
    if name not in names:
        return f"there is no step {name}"
    return _absent_part(names[name], [str(part) for part in parts[2:]])


def _absent_part(step: Mapping[str, Any], rest: list[str]) -> str | None:
    """Say what a step does not declare of what is asked of it."""
    for member, key in (("PropertyFiles", "PropertyFileName"), ("OutputParameters", "OutputName")):
        if rest[:1] == [member]:
            declared = {item[key] for item in step.get(member) or []}
            if not declared.intersection(rest[1:2]):
                return f"step {step['Name']} declares no such {key}"
    return None


def _cycles(top: list[Any]) -> Iterator[Problem]:
    waits: dict[str, set[str]] = {}

    def collect(steps: list[Any], above: set[str]) -> None:
        for step in steps:
            waits[step["Name"]] = dependencies(step) | above
            collect(branch_steps(step), {step["Name"]})

    collect(top, set())
    done: set[str] = set()
    while ready := {name for name, needs in waits.items() if name not in done and needs <= done}:
        done |= ready
    left = sorted(set(waits) - done)
    if left:
        yield Problem("Steps", f"steps wait for one another: {', '.join(left)}")
