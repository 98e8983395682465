"""Every fault of a definition is named before anything runs."""

from __future__ import annotations

from typing import Any

import pytest

from infra.emulator.pipelines.policies import duration
from infra.emulator.pipelines.validation import validate


def step(name: str, kind: str = "Processing", **members: Any) -> dict[str, Any]:
    return {"Name": name, "Type": kind, "Arguments": {}, **members}


def whole(*steps: Any, **members: Any) -> dict[str, Any]:
    return {"Version": "2020-12-01", "Steps": list(steps), **members}


def condition(**arguments: Any) -> dict[str, Any]:
    test = {"Type": "Equals", "LeftValue": 1, "RightValue": 1}
    return step("C", "Condition") | {
        "Arguments": {"Conditions": [test], "IfSteps": [], "ElseSteps": [], **arguments}
    }


def uses(path: str, name: str = "B", **members: Any) -> dict[str, Any]:
    return step(name, **members) | {"Arguments": {"Environment": {"X": {"Get": path}}}}


def integer(**members: Any) -> dict[str, Any]:
    return {"Name": "N", "Type": "Integer", **members}


FAULTS: list[tuple[Any, str]] = [
    ("{", "definition is not JSON: Expecting property name"),
    ("[]", "definition must be a JSON object"),
    (whole(step("A"), Version="2019-01-01"), "Version: must be 2020-12-01, got 2019-01-01"),
    (whole(), "Steps: must be a list of at least one step"),
    (whole(step("A"), step("A")), "Steps.A: name is used by more than one step"),
    (whole({"Type": "Fail"}), "Steps[0]: must be an object with a Name"),
    (whole(step("A", "Bake")), "Steps.A: Type must be one of"),
    (whole(step("A", "EMR")), "Steps.A: step type EMR is not emulated"),
    (whole({"Name": "A", "Type": "Training"}), "Steps.A.Arguments: must be an object"),
    (whole(step("A", "Lambda")), "Steps.A: must have a FunctionArn"),
    (whole(step("A", "Fail")), "Steps.A.Arguments: must have an ErrorMessage"),
    (whole(step("A", DependsOn=["Z"])), "Steps.A.DependsOn: there is no step Z"),
    (whole(step("A", DependsOn="Z")), "Steps.A.DependsOn: must be a list of step names"),
    (whole(uses("Parameters.P")), "Steps.B: Get Parameters.P: parameter P is not declared"),
    (whole(uses("Steps.Z.X")), "Steps.B: Get Steps.Z.X: there is no step Z"),
    (whole(uses("Execution.Nope")), "Get Execution.Nope: there is no execution variable Nope"),
    (whole(uses("Other.X")), "must begin with Parameters, Steps or Execution"),
    (whole(uses("Steps.[")), "Steps.[ is not a path"),
    (
        whole(step("A"), uses("Steps.A.PropertyFiles.F")),
        "step A declares no such PropertyFileName",
    ),
    (
        whole(step("A"), uses("Steps.A.OutputParameters['x']")),
        "step A declares no such OutputName",
    ),
    (
        whole(step("A", DependsOn=["B"]), step("B", DependsOn=["A"])),
        "Steps: steps wait for one another: A, B",
    ),
    (whole(uses("Steps.B.X")), "Steps: steps wait for one another: B"),
    (
        whole(uses("Steps.D.X", "A"), condition(IfSteps=[step("D", DependsOn=["A"])])),
        "steps wait for one another: A, D",
    ),
    (whole(condition(Conditions=[])), "Steps.C.Arguments.Conditions: must be a list of at least"),
    (whole(condition(Conditions=[{"Type": "Like"}])), "Type must be one of"),
    (whole(condition(Conditions=[{"Type": "In", "Values": []}])), "In must have QueryValue"),
    (whole(condition(IfSteps=[step("D", "Bake")])), "Steps.D: Type must be one of"),
    (whole(step("A"), Parameters=[integer(DefaultValue="3")]), "DefaultValue must be of type"),
    (
        whole(step("A"), Parameters=[integer(DefaultValue=3, EnumValues=[1])]),
        "Parameters.N: DefaultValue must be one of [1], got 3",
    ),
    (whole(step("A"), Parameters=[integer(), integer()]), "Parameters.N: is declared twice"),
    (
        whole(step("A"), Parameters=[{"Name": "N", "Type": "Date"}]),
        "Parameters.N: Type must be one of",
    ),
]


@pytest.mark.parametrize(("definition", "message"), FAULTS, ids=[fault for _, fault in FAULTS])
def test_a_fault_is_named(definition: Any, message: str) -> None:
    problems = [str(problem) for problem in validate(definition)]
    assert len(problems) == 1
    assert message in problems[0]


def test_a_sound_definition_has_no_problem() -> None:
    definition = whole(
        step("A", PropertyFiles=[{"PropertyFileName": "F", "OutputName": "o", "FilePath": "f"}]),
        uses("Steps.A.PropertyFiles.F"),
        condition(IfSteps=[uses("Parameters.N", "D")], ElseSteps=[uses("Steps.B.Any", "E")]),
        uses("Execution.PipelineExecutionArn", "F", DependsOn=["D"]),
        Parameters=[integer(DefaultValue=1, EnumValues=[1, 2])],
    )
    assert validate(definition) == []


def test_durations_are_read_as_iso_8601() -> None:
    assert (duration("P30d").days, duration("PT12H").seconds) == (30, 43_200)
    with pytest.raises(ValueError, match="must be an ISO 8601 duration, got soon"):
        duration("soon")
