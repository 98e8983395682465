"""Real pipelines of this project, and real changes of them."""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.plan._code import MAX_DIFF_LINES, read_code, unified
from infra.plan._steps import Edge
from infra.plan._values import Change
from infra.plan.pipelines import PipelineChange, Pipelines, StepChange, compare
from infra.plan.render.pipelines import markdown
from infra.program import build_settings
from pipelines.compile import ROOT, compile_use_case
from pipelines.compiled import Artifact, CompiledPipeline, CompiledUseCase
from stacks.layers import load
from tests.plan.sections import support

SETTINGS = build_settings(load("flights-dev").config, "flights")
EDITS = {
    "pipelines/shared/training_pipeline.py": [
        ('"Validate",\n', '"Check",\n'),
        ("depends_on=[validate]", "depends_on=[]"),
        ('"RandomSeed": 13', '"RandomSeed": 14'),
        (
            "if_steps=[register],\n        else_steps=[]",
            "if_steps=[],\n        else_steps=[register]",
        ),
        ('name="Trigger"', 'name="Cause"'),
    ],
    "pipelines/shared/steps/rules.py": [("TOLERANCE", "MOST_BROKEN")],
    "pipelines/flights/steps/drift_join.py": [("def main(", "def  main(")],
}


def snapshot(compiled: CompiledUseCase) -> dict[str, Any]:
    return {
        "flights": {
            name: {"definition": json.loads(one.definition), "code": read_code(one)}
            for name, one in compiled.pipelines.items()
        }
    }


@pytest.fixture(scope="module")
def base() -> dict[str, Any]:
    return snapshot(compile_use_case("flights", SETTINGS))


@pytest.fixture(scope="module")
def changed(base: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Pipelines:
    """Edit a copy of the sources as a pull request would, and compile that."""
    tree = tmp_path_factory.mktemp("head")
    shutil.copytree(ROOT / "pipelines", tree / "pipelines")
    for file, edits in EDITS.items():
        text = (tree / file).read_text()
        for old, new in edits:
            assert old in text, f"{file} no longer has {old!r}"
            text = text.replace(old, new)
        (tree / file).write_text(text)
    target = tree / "compiled"
    target.mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(tree),
        "HOME": str(tree),
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    command = [sys.executable, "-m", "pipelines.build", "flights", SETTINGS.to_json(), str(target)]
    subprocess.run(command, env=environment, cwd=tree, check=True, timeout=120)
    manifest = json.loads((target / "manifest.json").read_text())
    head = {
        name: {
            "definition": json.loads((target / f"{name}.json").read_text()),
            "code": read_code(
                CompiledPipeline(
                    name=name,
                    definition="",
                    artifacts=tuple(
                        Artifact(key=key, path=target / file, sha256=sha256)
                        for key, file, sha256 in artifacts
                    ),
                )
            ),
        }
        for name, artifacts in manifest["pipelines"].items()
    }
    return compare(base, {"flights": head})


def of(section: Pipelines, name: str) -> PipelineChange:
    [found] = [one for one in section.pipelines if one.pipeline == name]
    return found


def step(section: Pipelines, pipeline: str, name: str) -> StepChange:
    [found] = [one for one in of(section, pipeline).steps if one.name == name]
    return found


def edited(
    base: dict[str, Any], pipeline: str, edit: Callable[[dict[str, Any]], None]
) -> Pipelines:
    head = copy.deepcopy(base)
    edit(head["flights"][pipeline]["definition"])
    return compare(base, head)


def named(definition: dict[str, Any], name: str) -> dict[str, Any]:
    [found] = [one for one in definition["Steps"] if one["Name"] == name]
    assert isinstance(found, dict)
    return found


def test_a_step_that_waits_no_longer_is_rewired(changed: Pipelines) -> None:
    split = step(changed, "training", "Split")
    assert (split.change, split.was, split.gained) == ("changed", None, ())
    assert split.lost == (Edge("waits for", "Check"),)


def test_a_step_that_moves_to_the_other_branch_is_rewired(changed: Pipelines) -> None:
    register = next(
        one
        for one in of(changed, "training").steps
        if Edge("else branch of", "Compare") in one.gained
    )
    assert register.lost == (Edge("if branch of", "Compare"),)


def test_what_only_follows_a_new_name_is_not_told(changed: Pipelines) -> None:
    check = step(changed, "training", "Check")
    assert (check.change, check.was) == ("renamed", "Validate")
    assert (check.arguments, check.gained, check.lost) == ((), (), ())
    told = {one.name for one in of(changed, "training").steps}
    assert told & {"Train", "Evaluate"} == set()


def test_an_argument_is_told_by_its_path_with_both_values(changed: Pipelines) -> None:
    seed = Change(path="Arguments.HyperParameterTuningJobConfig.RandomSeed", old=13, new=14)
    assert step(changed, "training", "Tune").arguments == (seed,)


def test_parameters_are_told_by_name(changed: Pipelines) -> None:
    was = {"DefaultValue": "manual", "Type": "String"}
    assert of(changed, "training").parameters == (
        Change(path="Trigger", old=was),
        Change(path="Cause", new=was),
    )


def test_code_is_told_for_the_steps_whose_imports_reach_it(changed: Pipelines) -> None:
    by = {one.file.rpartition("/")[2]: one for one in changed.code}
    assert by.keys() == {"rules.py", "drift_join.py"}
    assert by["drift_join.py"].steps == ("drift/Join",)
    shared = {"features/Transform", "features/Validate", "training/Check"}
    assert shared <= set(by["rules.py"].steps)
    assert not {"training/Train", "drift/Join"} & set(by["rules.py"].steps)
    assert step(changed, "drift", "Join").code == ("pipelines/flights/steps/drift_join.py",)


def test_a_hash_is_never_the_change(changed: Pipelines) -> None:
    told = json.dumps(asdict(changed))
    assert not re.search(r"[0-9a-f]{40}", told)
    assert "-def main(" in told
    assert "+def  main(" in told


def test_equal_pipelines_are_no_change(base: dict[str, Any]) -> None:
    section = compare(base, copy.deepcopy(base))
    assert not section
    assert markdown(section) == ""


def test_another_hash_of_the_same_files_is_told_in_words(base: dict[str, Any]) -> None:
    head = json.loads(re.sub(r"[0-9a-f]{64}/steps", f"{'0' * 64}/steps", json.dumps(base)))
    [join, _] = of(compare(base, head), "drift").steps
    assert join.arguments == (
        Change(path="code steps.pyz", old="an object", new="another, of the same files"),
    )


def test_the_record_that_is_named_by_the_definition_is_no_change(base: dict[str, Any]) -> None:
    old, new = (
        json.loads(json.dumps(base).replace("${made_from}", f"code/{digit * 64}/made-from.json"))
        for digit in "01"
    )
    assert not compare(old, new)


def test_an_added_and_a_removed_step_say_what_they_hung_on(base: dict[str, Any]) -> None:
    def add(definition: dict[str, Any]) -> None:
        again = copy.deepcopy(named(definition, "Compare"))
        again["Name"] = "Report"
        again["Arguments"]["StoppingCondition"] = {"MaxRuntimeInSeconds": 60}
        again["DependsOn"] = ["Compare"]
        definition["Steps"].append(again)

    [added] = of(edited(base, "drift", add), "drift").steps
    reads, waits = Edge("reads from", "Join"), Edge("waits for", "Compare")
    assert (added.change, added.gained) == ("added", (reads, waits))
    [removed] = of(
        edited(base, "drift", lambda one: one["Steps"].remove(named(one, "Compare"))), "drift"
    ).steps
    assert (removed.change, removed.lost) == ("removed", (reads,))


def test_a_reference_to_another_step_is_rewiring_and_an_argument(base: dict[str, Any]) -> None:
    def rewire(definition: dict[str, Any]) -> None:
        source = named(definition, "Train")["Arguments"]["InputDataConfig"][0]["DataSource"]
        source["S3DataSource"]["S3Uri"] = {
            "Get": "Steps.Validate.ProcessingOutputConfig.Outputs['violations'].S3Output.S3Uri"
        }

    [train] = of(edited(base, "training", rewire), "training").steps
    assert train.gained == (Edge("reads from", "Validate"),)
    [change] = train.arguments
    assert change.path == "Arguments.InputDataConfig[train].DataSource.S3DataSource.S3Uri"
    assert change.old.startswith("«Steps.Split.")


def test_the_order_in_which_steps_are_listed_is_no_change(base: dict[str, Any]) -> None:
    assert not edited(base, "training", lambda one: one["Steps"].reverse())


def test_an_input_is_known_by_its_name_whatever_its_place(base: dict[str, Any]) -> None:
    def edit(definition: dict[str, Any]) -> None:
        arguments = named(definition, "Evaluate")["Arguments"]
        arguments["ProcessingInputs"].reverse()
        arguments["AppSpecification"]["ContainerArguments"][1] = "other"

    [change] = of(edited(base, "training", edit), "training").steps[0].arguments
    assert change.path == "Arguments.AppSpecification.ContainerArguments[--model-package-group]"


def test_text_that_looks_like_a_reference_is_not_one(base: dict[str, Any]) -> None:
    def edit(definition: dict[str, Any]) -> None:
        arguments = named(definition, "Extract")["Arguments"]["AppSpecification"]
        at = arguments["ContainerArguments"].index("--now") + 1
        assert arguments["ContainerArguments"][at] == {"Get": "Execution.StartDateTime"}
        arguments["ContainerArguments"][at] = "«Execution.StartDateTime»"

    [extract] = of(edited(base, "training", edit), "training").steps
    assert [one.new for one in extract.arguments] == ["««Execution.StartDateTime»»"]


def test_a_pipeline_comes_and_goes(base: dict[str, Any]) -> None:
    head = {"flights": {k: v for k, v in base["flights"].items() if k != "batch"}}
    assert of(compare(base, head), "batch").change == "removed"
    added = compare(head, base)
    assert of(added, "batch").change == "added"
    assert {one.change for one in of(added, "batch").steps} == {"added"}
    assert not added.code  # the archive was there for the others
    assert len(compare({}, base).code) > 20


def test_a_file_in_one_archive_only_is_told_apart(base: dict[str, Any]) -> None:
    head = copy.deepcopy(base)
    for pipeline in head["flights"].values():
        for key, files in pipeline["code"].items():
            if key.endswith("sourcedir.tar.gz"):
                files["pipelines/flights/schema.py"] += "X = 1\n"
    [change] = compare(base, head).code
    assert change.file == "sourcedir.tar.gz/pipelines/flights/schema.py"
    assert change.steps == ("training/Tune",)
    assert (change.added, change.diff[-1]) == (1, "+X = 1")


def test_a_file_that_is_no_text_is_told_by_other_bytes(tmp_path: Path) -> None:
    def code(number: int, body: bytes) -> dict[str, Any]:
        path = tmp_path / f"{number}.bin"
        path.write_bytes(body)
        artifact = Artifact(key=f"code/{number}/model.bin", path=path, sha256="")
        pipeline = CompiledPipeline(name="p", definition="", artifacts=(artifact,))
        return {"u": {"p": {"definition": {}, "code": read_code(pipeline)}}}

    for old, new in ((b"\xff\xfe", b"\xfe\xff"), (b"a" * 2**20, b"b" * 2**20)):
        assert len(compare(code(1, old), code(2, new)).code) == 1
        assert not compare(code(1, old), code(2, old)).code


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ([], ["a"], ["@@ -0,0 +1 @@", "+a"]),
        (["a", "b"], ["a"], ["@@ -1,2 +1 @@", " a", "-b"]),
        (
            [str(n) for n in range(99)],
            [str(n) if n != 50 else "x" for n in range(99)],
            ["@@ -48,7 +48,7 @@", " 47", " 48", " 49", "-50", "+x", " 51", " 52", " 53"],
        ),
    ],
)
def test_hunks_count_lines_from_the_file_s_beginning(
    old: list[str], new: list[str], told: list[str]
) -> None:
    assert unified(old, new)[0] == told


def test_long_files_are_compared_in_bounded_time() -> None:
    """Lines that repeat just too seldom to be passed over are what difflib takes longest for."""
    old = "\n".join(str(n % 100) for n in range(800))
    new = "\n".join(str(n % 100) if n % 2 else f"z{n}" for n in range(800))
    began = time.process_time()
    base, head = (
        {"u": {"p": {"definition": {}, "code": {"a.pyz": {f"{n}.py": one for n in range(40)}}}}}
        for one in (old, new)
    )
    assert len(compare(base, head).code) == 40
    _, added, _ = unified(["a"] * 200_000, ["b"] * 200_000)
    assert added == 200_000
    assert time.process_time() - began < 20


def test_what_is_written_is_short_and_says_what_it_left_out(base: dict[str, Any]) -> None:
    head = copy.deepcopy(base)
    for pipeline in head["flights"].values():
        for files in pipeline["code"].values():
            for name in files:
                files[name] += "".join(f"x = {n}\n" for n in range(1000))
        pipeline["definition"]["Parameters"] += [{"Name": f"P{n}"} for n in range(100)]
    section = compare(base, head)
    written = markdown(section)
    assert section.code[0].omitted == 1000 + 4 - MAX_DIFF_LINES
    assert len(written.splitlines()) < 700
    assert re.search("and [0-9]+ more files", written)
    assert re.search("- and [0-9]+ more", written)
    assert written.startswith("**Pipelines**: 4 changed, code of ")


def test_code_cannot_leave_its_fence(base: dict[str, Any]) -> None:
    head = copy.deepcopy(base)
    evil = "\n".join(["```", "````", "@someone", "<!-- marker -->", "\u202e", "# heading", "```"])
    for files in head["flights"]["drift"]["code"].values():
        files["`@someone`\n```\n<b>.py"] = evil
    head["flights"]["drift"]["definition"]["Steps"][0]["Name"] = "`` @someone <img>"
    written = markdown(compare(base, head))
    assert "@someone" in written
    support.assert_harmless(written)


KEYS = (
    *("Steps", "Name", "Type", "Arguments", "DependsOn", "Parameters", "Get", "Std:Join", "On"),
    *("Values", "Std:JsonGet", "IfSteps", "ElseSteps", "ContainerEntrypoint", "Condition"),
    *("Steps.A.x", "Steps.B", "A", "B", f"code/{'a' * 64}/s.pyz", f"code/{'b' * 64}/s.pyz"),
    *("from a import (b", "import a.b.c", "definition", "code", "--flag", "a.py", "flights"),
)


@settings(max_examples=40, deadline=None)
@given(base=support.json(*KEYS), head=support.json(*KEYS), steps=st.lists(support.json(*KEYS)))
def test_any_json_gives_a_section_that_can_be_written(base: Any, head: Any, steps: Any) -> None:
    whole = {"definition": {"Steps": steps, "Parameters": steps}, "code": {"s.pyz": {"a.py": "x"}}}
    pairs = [
        ({"u": {"p": base}}, {"u": {"p": whole}}),
        ({"u": {"p": whole}}, {"u": {"p": {"definition": head, "code": base}}}),
        ({"u": base}, {"u": head}),
    ]
    for old, new in pairs:
        section = compare(old, new)
        json.dumps(asdict(section), ensure_ascii=False).encode()
        support.assert_harmless(markdown(section))
        assert not compare(old, copy.deepcopy(old))
        assert not compare(new, copy.deepcopy(new))


def test_values_however_deep_are_compared() -> None:
    old, new = (
        {
            "u": {
                "p": {"definition": {"Steps": [{"Name": "A", "Arguments": support.deep(900, end)}]}}
            }
        }
        for end in "xy"
    )
    assert not compare(old, old)
    [change] = compare(old, new).pipelines[0].steps[0].arguments
    assert "nested deeper" in str(change.old)


def test_what_follows_the_first_argument_of_a_container_names_no_program() -> None:
    def made(text: str) -> dict[str, Any]:
        app = {
            "ContainerEntrypoint": ["python3", "/code/steps.pyz"],
            "ContainerArguments": ["one", "two"],
        }
        uri = f"s3://code/{'a' * 64}/steps.pyz"
        arguments = {"AppSpecification": app, "ProcessingInputs": [{"S3Input": {"S3Uri": uri}}]}
        step = {"Name": "A", "Type": "Processing", "Arguments": arguments}
        files = {"one.py": "x = 1", "two.py": text}
        return {"u": {"p": {"definition": {"Steps": [step]}, "code": {"code/steps.pyz": files}}}}

    [change] = compare(made("x = 1"), made("x = 2")).code
    assert (change.file, change.steps) == ("two.py", ())
