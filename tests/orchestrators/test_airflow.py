"""Generated DAGs, loaded and run by Airflow itself against the emulator."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from infra.cli.main import app
from infra.cron import Cron
from infra.emulator.server import Emulator
from infra.orchestrators.airflow import generate
from infra.orchestrators.errors import ExportError
from infra.orchestrators.files import Generated, write
from infra.orchestrators.loading import load_airflow
from tests.emulator.jobs.helpers import REGION
from tests.orchestrators.support import AIRFLOW, ask, aws, chosen, needs, small, stand, timed
from tests.stacks.support import use_cases

pytestmark = [pytest.mark.orchestrators, needs(AIRFLOW)]

CASES: dict[str, dict[str, Any]] = {
    "succeeds": {"conf": {"Rows": 7, "Fast": False}},
    "fails": {"conf": {"Mode": "fail"}},
    "stopped": {"conf": {"Mode": "wait"}, "stop": True},
    "out of time": {"conf": {"Mode": "wait"}, "timeout_seconds": 4},
    "deferred": {"deferrable": True},
    "deferred, fails": {"conf": {"Mode": "fail"}, "deferrable": True},
}

EXPRESSIONS = (
    "cron(0 6 1 * ? *)",
    "cron(0/20 5-6 ? * 2-6 *)",
    "cron(15 23 ? MAR,JUL FRI-MON *)",
    "cron(30 4 L * ? *)",
    "cron(0 0 ? * SUN,7 *)",
    "rate(6 hours)",
    "rate(1 minute)",
)
AFTER = datetime(2026, 1, 30, 5, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def answers(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Run every case with one Airflow."""
    folder: Path = tmp_path_factory.mktemp("airflow")
    pipeline = stand(emulator)
    command = "mlops export airflow -s flights-sandbox"
    write(generate(chosen(pipeline), command), folder / "made")
    for number, expression in enumerate(EXPRESSIONS):
        one, of = timed(expression, f"drift{number}")
        drift = replace(one, schedule=expression)
        write(generate(chosen(drift, of=of), command), folder / f"made/dags/{number}")
    environment = {
        "AIRFLOW_HOME": str(folder / "home"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(folder / "made/dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(folder / "made/plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        **aws(emulator),
    }
    names = [
        f"{pipeline.name.removesuffix('small')}drift{number}" for number in range(len(EXPRESSIONS))
    ]
    asked = {"dag": pipeline.name, "cases": CASES, "timed": names, "after": AFTER.isoformat()}
    return ask(AIRFLOW, "airflow_side.py", folder, asked, environment)


def execution(emulator: Emulator, arn: str) -> tuple[str, dict[str, str]]:
    sagemaker = emulator.context.client("sagemaker", REGION)
    status = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
    given = sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)
    told = {one["Name"]: one["Value"] for one in given["PipelineParameters"]}
    return status["PipelineExecutionStatus"], told


def test_a_dag_loads_with_the_parameters_of_the_pipeline(answers: Any) -> None:
    assert answers["errors"] == {}
    assert answers["params"] == {"Mode": None, "Rows": 3, "Share": 0.5, "Fast": True}


def test_a_run_ends_as_the_execution_that_it_started_with_its_params(
    answers: Any, emulator: Emulator
) -> None:
    case = answers["cases"]["succeeds"]
    assert case["state"] == "success"
    status, told = execution(emulator, case["arn"])
    assert status == "Succeeded"
    assert (told["Rows"], told["Share"], told["Fast"].lower()) == ("7", "0.5", "false")


@pytest.mark.parametrize("case", ["succeeds", "deferred"])
def test_every_step_is_told_with_its_state(answers: Any, case: str) -> None:
    told = answers["cases"][case]["told"]
    assert {"step First: Succeeded", "step Second: Succeeded"} <= set(told)


@pytest.mark.parametrize("case", ["fails", "deferred, fails"])
def test_a_failed_execution_fails_the_task_with_the_steps_reason(answers: Any, case: str) -> None:
    found = answers["cases"][case]
    assert found["state"] == "failed"
    reason = found["told"][-1]
    assert "Failed: Step failure: One or multiple steps failed: Second" in reason
    assert "step Second: Failed: AlgorithmError" in reason
    assert "2 rows break rule batch.new" in reason


def test_an_execution_that_somebody_stopped_fails_the_task(answers: Any) -> None:
    found = answers["cases"]["stopped"]
    assert found["state"] == "failed"
    assert "Stopped" in found["told"][-1]
    assert "step Second: Stopped" in found["told"][-1]


def test_a_task_that_is_killed_stops_its_execution(answers: Any, emulator: Emulator) -> None:
    assert answers["cases"]["out of time"]["state"] == "failed"
    emulator.settle(timeout=60)
    sagemaker = emulator.context.client("sagemaker", REGION)
    found = sagemaker.list_pipeline_executions(PipelineName=small().name, MaxResults=50)
    states = {one["PipelineExecutionStatus"] for one in found["PipelineExecutionSummaries"]}
    assert states == {"Succeeded", "Failed", "Stopped"}


def test_a_deferred_task_that_is_killed_stops_its_execution(answers: Any) -> None:
    assert answers["killed while deferred"] in {"Stopping", "Stopped"}


def test_a_second_try_goes_on_with_the_execution_of_the_first(answers: Any) -> None:
    assert answers["resumed"] is True


def test_a_scheduled_run_tells_its_time_and_leaves_out_what_is_null(answers: Any) -> None:
    assert answers["scheduled"] == {"Mode": "2026-03-01T06:00:00Z", "Fast": "false"}


@pytest.mark.parametrize("number", range(len(EXPRESSIONS)), ids=lambda one: EXPRESSIONS[one])
def test_a_dag_with_the_schedule_starts_when_the_stack_would_and_never_looks_back(
    answers: Any, number: int
) -> None:
    (found,) = (one for name, one in answers["timed"].items() if name.endswith(f"drift{number}"))
    moment, wanted = AFTER.replace(tzinfo=None), []
    for _ in range(20):
        moment = due(EXPRESSIONS[number], moment)
        wanted.append(moment.replace(tzinfo=UTC).isoformat())
    assert found == {
        "times": wanted,
        "first_is_to_come": True,
        "catchup": False,
        "time_parameter": "AsOf",
    }


def due(expression: str, after: datetime) -> datetime:
    """Return when AWS would start it next, by the emulator's own reading."""
    by_the_grid = {"rate(6 hours)": "cron(0 0/6 * * ? *)", "rate(1 minute)": "cron(* * * * ? *)"}
    found = Cron.parse(by_the_grid.get(expression, expression)[5:-1]).next_after(after)
    assert found is not None
    return found


def test_a_file_that_airflow_does_not_load_is_told_with_its_name() -> None:
    broken = Generated(
        command="mlops export airflow -s x",
        files={"dags/x.py": "from airflow.sdk import DAG\n\nDAG('name with blanks')\n"},
        shared={},
    )
    with pytest.raises(ExportError, match=r"must load every DAG, got x.py: .*name with blanks"):
        load_airflow(broken, AIRFLOW)


@pytest.mark.parametrize("stack", ["flights-sandbox", "flights-prod", "vision-dev"])
def test_the_dags_of_a_stack_are_loaded_before_they_are_written(tmp_path: Path, stack: str) -> None:
    asked = ["export", "airflow", "-s", stack, "-o", str(tmp_path), "--python", str(AIRFLOW)]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    assert {path.name for path in (tmp_path / "dags").iterdir()} >= {
        f"{stack.replace('-', '_')}_{use_case}_{name}.py"
        for use_case in use_cases(stack)
        for name in ("features", "training", "drift")
    }
