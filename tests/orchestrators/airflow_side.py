"""Airflow's side: runs a DAG in several ways; runs in an environment of its own.

    python airflow_side.py ASKED.json ANSWERS.json

Each case names what is changed of the task, the run's configuration, and whether somebody stops
the execution meanwhile; answers with the run's state, what was logged of the task, and its result.
"""

import asyncio
import json
import os
import sys
import threading
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pendulum
from airflow.dag_processing.dagbag import DagBag
from airflow.plugins_manager import ensure_plugins_loaded
from airflow.serialization.decoders import decode_timetable
from airflow.serialization.encoders import encode_timetable
from airflow.timetables.base import DataInterval, TimeRestriction
from airflow.utils.db import initdb


def main(asked: str, answers: str) -> None:
    """Answer all cases with one Airflow."""
    initdb()
    ensure_plugins_loaded()
    question = json.loads(Path(asked).read_text())
    bag = DagBag(dag_folder=os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
    dag = bag.dags[question["dag"]]
    params = dag.params.dump()
    said: dict[str, Any] = {"errors": bag.import_errors, "params": params}
    # A run's configuration stays in the DAG that was tested: each begins with the params' own.
    said["cases"] = {
        name: run(dag, case, params | case.get("conf", {}))
        for name, case in question["cases"].items()
    }
    said["resumed"] = resumed(dag)
    said["killed while deferred"] = killed_while_deferred(dag)
    said["scheduled"] = scheduled(dag)
    said["timed"] = {
        name: times(bag.dags[name], datetime.fromisoformat(question["after"]))
        for name in question["timed"]
    }
    Path(answers).write_text(json.dumps(said, default=str))


def times(dag: Any, after: datetime) -> dict[str, Any]:
    """Return when the scheduler would start a DAG next after a run, and whether it looks back."""
    timetable = decode_timetable(encode_timetable(dag.timetable))  # as the scheduler has it
    found: list[str] = []
    last = DataInterval.exact(pendulum.instance(after))
    for _ in range(20):
        info = timetable.next_dagrun_info(
            last_automated_data_interval=last, restriction=TimeRestriction(None, None, catchup=True)
        )
        last = info.data_interval
        found.append(info.run_after.isoformat())
    now = datetime.now(UTC)
    first = timetable.next_dagrun_info(
        last_automated_data_interval=None, restriction=TimeRestriction(None, None, catchup=False)
    )
    return {
        "times": found,
        "first_is_to_come": first.run_after > now,
        "catchup": dag.catchup,
        "time_parameter": dag.get_task("run").time_parameter,
    }


def run(dag: Any, case: dict[str, Any], conf: dict[str, Any]) -> dict[str, Any]:
    """Run the DAG once."""
    task = dag.get_task("run")
    task.deferrable = case.get("deferrable", False)
    limit = case.get("timeout_seconds")
    task.execution_timeout = timedelta(seconds=limit) if limit else None
    with Told(task) as told, stopping(dag.dag_id if case.get("stop") else None):
        done = dag.test(run_conf=conf)
    (ran,) = done.get_task_instances()
    return {"state": str(done.state), "arn": ran.xcom_pull(task_ids="run"), "told": told.lines}


class Told:
    """Every line that the operator and the trigger log, and every failure's message."""

    def __init__(self, task: Any) -> None:
        self.lines: list[str] = []
        # Airflow may load the module for the DAG once more: the trigger's is the one imported.
        self._spaces = [type(task)._end.__globals__, vars(sys.modules["mlops_sagemaker"])]
        self._kept = [(one["line"], one["told"]) for one in self._spaces]

    def __enter__(self) -> "Told":
        for space in self._spaces:
            for name in ("line", "told"):
                space[name] = self._keeping(space[name])
        return self

    def __exit__(self, *_: object) -> None:
        for space, (line, told) in zip(self._spaces, self._kept, strict=True):
            space.update(line=line, told=told)

    def _keeping(self, made: Any) -> Any:
        def keeping(*given: Any) -> str:
            text: str = made(*given)
            if text not in self.lines:
                self.lines.append(text)
            return text

        return keeping


@contextmanager
def stopping(pipeline: str | None) -> Any:
    """Stop the first execution of the pipeline that runs, as somebody at the console would."""
    thread = threading.Thread(target=lambda: stop(pipeline) if pipeline else None)
    thread.start()
    yield
    thread.join()


def stop(pipeline: str) -> None:
    """Wait for an execution that waits, and stop it."""
    sagemaker = boto3.client("sagemaker")
    end = time.monotonic() + 120
    while time.monotonic() < end:
        found = sagemaker.list_pipeline_executions(PipelineName=pipeline)
        for one in found["PipelineExecutionSummaries"]:
            arn = one["PipelineExecutionArn"]
            steps = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)
            names = {step["StepName"] for step in steps["PipelineExecutionSteps"]}
            if one["PipelineExecutionStatus"] == "Executing" and "Second" in names:
                sagemaker.stop_pipeline_execution(
                    PipelineExecutionArn=arn, ClientRequestToken="0" * 32
                )
                return
        time.sleep(0.1)


def context(**changes: Any) -> dict[str, Any]:
    """Return what a task is told, as far as the operator asks."""
    task = SimpleNamespace(
        dag_id="d", run_id="manual__1", task_id="run", map_index=-1, try_number=2, pushed={}
    )
    task.xcom_push = lambda key, value: task.pushed.update({key: value})
    run = SimpleNamespace(run_type="manual", logical_date=None)
    return {"ti": task, "dag_run": run, "params": {"Mode": "wait"}, **changes}


def resumed(dag: Any) -> bool:
    """Tell whether a second try goes on with the execution of the first, which still runs."""
    task = dag.get_task("run")
    task.deferrable = False
    given = context()
    arn = begun(dag.dag_id, task, given)
    thread = threading.Thread(target=stop, args=(dag.dag_id,))
    thread.start()
    with suppress(Exception):  # it is stopped, which is how it ends here
        task.execute(given)
    thread.join()
    return bool(given["ti"].pushed["execution_arn"] == arn)


def begun(pipeline: str, task: Any, given: dict[str, Any]) -> str:
    """Start an execution that waits, under the name that the task gives it."""
    name = sys.modules["mlops_sagemaker"].display_name
    arn: str = task.hook.start_pipeline(
        pipeline_name=pipeline,
        display_name=name(given["ti"]),
        pipeline_params={"Mode": "wait"},
    )
    return arn


def killed_while_deferred(dag: Any) -> str:
    """Return the state of an execution whose trigger was told that its task is killed."""
    task = dag.get_task("run")
    arn = begun(dag.dag_id, task, context())
    where, arguments = task._trigger(arn).serialize()
    module, _, name = where.rpartition(".")
    trigger = getattr(sys.modules[module], name)(**arguments)
    asyncio.run(trigger.on_kill())
    described = boto3.client("sagemaker").describe_pipeline_execution(PipelineExecutionArn=arn)
    return str(described["PipelineExecutionStatus"])


def scheduled(dag: Any) -> dict[str, str]:
    """Return what a scheduled run tells the pipeline, where one parameter is a time."""
    task = dag.get_task("run")
    task.time_parameter = "Mode"
    run = SimpleNamespace(run_type="scheduled", logical_date=datetime(2026, 3, 1, 6, tzinfo=UTC))
    told: dict[str, str] = task._told(context(dag_run=run, params={"Mode": None, "Fast": False}))
    return told


if __name__ == "__main__":
    main(*sys.argv[1:])
