"""Generated Kubeflow pipelines, compiled and run by kfp itself against the emulator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from infra.cli.main import app
from infra.emulator.server import Emulator
from infra.orchestrators.errors import ExportError
from infra.orchestrators.files import compare, write
from infra.orchestrators.kubeflow import generate
from infra.orchestrators.loading import compile_kubeflow
from tests.emulator.jobs.helpers import REGION
from tests.orchestrators.support import KUBEFLOW, ask, aws, chosen, needs, small, stand
from tests.stacks.support import use_cases

pytestmark = [pytest.mark.orchestrators, needs(KUBEFLOW)]

COMMAND = "mlops export kubeflow -s flights-sandbox"
CASES: dict[str, dict[str, Any]] = {
    "succeeds": {"parameters": {"Rows": 7, "Fast": False}},
    "fails": {"parameters": {"Mode": "fail"}},
    "stopped": {"parameters": {"Mode": "wait"}, "meanwhile": "stop"},
    "terminated": {"parameters": {"Mode": "wait"}, "meanwhile": "terminate"},
}


@pytest.fixture(scope="module")
def answers(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Run every case with one kfp."""
    folder: Path = tmp_path_factory.mktemp("kubeflow")
    pipeline = stand(emulator)
    write(generate(chosen(pipeline), COMMAND, python=None), folder / "made")
    file = next((folder / "made").glob("*.py"))
    asked = {"file": str(file), "pipeline": pipeline.name, "cases": CASES}
    # The step's shell finds its Python on PATH, as in an image.
    path = {"PATH": f"{KUBEFLOW.parent}:/usr/bin:/bin"}
    return ask(KUBEFLOW, "kubeflow_side.py", folder, asked, {**aws(emulator), **path})


def test_a_run_ends_as_the_execution_that_it_started_with_its_parameters(
    answers: Any, emulator: Emulator
) -> None:
    case = answers["succeeds"]
    assert case["state"] == "succeeded"
    assert "step Second: Succeeded" in case["told"]
    sagemaker = emulator.context.client("sagemaker", REGION)
    arn = case["output"]
    status = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
    assert status["PipelineExecutionStatus"] == "Succeeded"
    given = sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)
    told = {one["Name"]: one["Value"].lower() for one in given["PipelineParameters"]}
    assert told == {"Mode": "", "Rows": "7", "Share": "0.5", "Fast": "false"}


def test_a_failed_execution_fails_the_run_with_the_steps_reason(answers: Any) -> None:
    assert answers["fails"]["state"].startswith("failed")
    told = answers["fails"]["told"]
    assert "Failed: Step failure: One or multiple steps failed: Second" in told
    assert "step Second: Failed: AlgorithmError" in told
    assert "2 rows break rule batch.new" in told


def test_an_execution_that_somebody_stopped_fails_the_run(answers: Any) -> None:
    assert answers["stopped"]["state"].startswith("failed")
    assert "Stopped: no reason was told" in answers["stopped"]["told"]


def test_a_step_that_is_told_to_end_stops_its_execution(answers: Any, emulator: Emulator) -> None:
    assert answers["terminated"]["state"].startswith("failed")
    emulator.settle(timeout=60)
    sagemaker = emulator.context.client("sagemaker", REGION)
    found = sagemaker.list_pipeline_executions(PipelineName=small().name, MaxResults=50)
    states = [one["PipelineExecutionStatus"] for one in found["PipelineExecutionSummaries"]]
    assert sorted(states) == ["Failed", "Stopped", "Stopped", "Succeeded"]


def test_what_is_compiled_is_typed_and_the_same_each_time(tmp_path: Path) -> None:
    declared: list[dict[str, Any]] = [
        {"Name": "Mode", "Type": "String", "DefaultValue": ""},
        {"Name": "Rows", "Type": "Integer"},
        {"Name": "Share", "Type": "Float", "DefaultValue": 0.5},
        {"Name": "Fast", "Type": "Boolean", "DefaultValue": True},
    ]
    generated = generate(chosen(small("small", declared)), COMMAND, python=KUBEFLOW)
    write(generated, tmp_path)
    assert (
        compare(generate(chosen(small("small", declared)), COMMAND, python=KUBEFLOW), tmp_path)
        == []
    )
    read = yaml.safe_load((tmp_path / "flights_sandbox_flights_small.yaml").read_text())
    assert read["pipelineInfo"]["name"] == small().name
    inputs = read["root"]["inputDefinitions"]["parameters"]
    assert {name: one["parameterType"] for name, one in inputs.items()} == {
        "Mode": "STRING",
        "Rows": "NUMBER_INTEGER",
        "Share": "NUMBER_DOUBLE",
        "Fast": "BOOLEAN",
    }
    assert "defaultValue" not in inputs["Rows"]
    (task,) = read["root"]["dag"]["tasks"].values()
    assert not task["cachingOptions"].get("enableCache", False)


def test_a_file_that_kubeflow_does_not_compile_is_told_with_its_name() -> None:
    broken = "from kfp import dsl\n\n@dsl.pipeline\ndef pipeline(a):\n    pass\n"
    with pytest.raises(ExportError, match=r"kfp must compile every pipeline, got x.py: "):
        compile_kubeflow({"x.py": broken}, KUBEFLOW)


@pytest.mark.parametrize("stack", ["flights-sandbox", "vision-dev"])
def test_the_pipelines_of_a_stack_are_compiled_before_they_are_written(
    tmp_path: Path, stack: str
) -> None:
    asked = ["export", "kubeflow", "-s", stack, "-o", str(tmp_path), "--python", str(KUBEFLOW)]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    for use_case in use_cases(stack):
        for name in ("features", "training", "drift"):
            made = tmp_path / f"{stack.replace('-', '_')}_{use_case}_{name}.yaml"
            read = yaml.safe_load(made.read_text())
            assert read["pipelineInfo"]["name"] == f"{stack}-{use_case}-{name}"
