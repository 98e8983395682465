"""Kubeflow's side: runs a compiled pipeline's source; runs in an environment of its own.

    python kubeflow_side.py ASKED.json ANSWERS.json

Each case names the pipeline's parameters, and what becomes of it meanwhile; answers with the task's
state, its output and everything that it said.
"""

import importlib.util
import io
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import boto3
from kfp import local


def main(asked: str, answers: str) -> None:
    """Answer all cases."""
    question = json.loads(Path(asked).read_text())
    spec = importlib.util.spec_from_file_location("generated", question["file"])
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    local.init(runner=local.SubprocessRunner(use_venv=False), raise_on_error=True)
    said = {
        name: run(module.pipeline, question["pipeline"], case)
        for name, case in question["cases"].items()
    }
    Path(answers).write_text(json.dumps(said))


def run(pipeline: Any, name: str, case: dict[str, Any]) -> dict[str, Any]:
    """Run the pipeline once."""
    meanwhile: dict[str, Callable[[str], None]] = {"stop": stop, "terminate": terminate}
    thread = threading.Thread(
        target=meanwhile.get(case.get("meanwhile", ""), lambda _: None), args=(name,)
    )
    thread.start()
    told = io.StringIO()
    output, state = None, "succeeded"
    with redirect_stdout(told):
        try:
            output = pipeline(**case.get("parameters", {})).output
        except Exception as error:  # noqa: BLE001 - how a run ends badly
            state = f"failed: {error}"
    thread.join()
    return {"state": state, "output": output, "told": told.getvalue()}


def stop(pipeline: str) -> None:
    """Stop the execution that waits, as somebody at the console would."""
    arn = waiting(pipeline)
    boto3.client("sagemaker").stop_pipeline_execution(
        PipelineExecutionArn=arn, ClientRequestToken="0" * 32
    )


def terminate(pipeline: str) -> None:
    """Tell the step's process to end, as Kubernetes tells a pod."""
    waiting(pipeline)
    for pid in descendants(os.getpid()):
        if "kfp.dsl.executor_main" in Path(f"/proc/{pid}/cmdline").read_text().split("\0"):
            os.kill(pid, signal.SIGTERM)


def descendants(pid: int) -> Iterator[int]:
    """Yield the processes below one."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield int(child)
            yield from descendants(int(child))


def waiting(pipeline: str) -> str:
    """Return the execution whose second step runs."""
    sagemaker = boto3.client("sagemaker")
    end = time.monotonic() + 120
    while time.monotonic() < end:
        found = sagemaker.list_pipeline_executions(PipelineName=pipeline)
        for one in found["PipelineExecutionSummaries"]:
            arn: str = one["PipelineExecutionArn"]
            steps = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)
            names = {step["StepName"] for step in steps["PipelineExecutionSteps"]}
            if one["PipelineExecutionStatus"] == "Executing" and "Second" in names:
                return arn
        time.sleep(0.1)
    raise TimeoutError(f"no execution of {pipeline} waits")


if __name__ == "__main__":
    main(*sys.argv[1:])
