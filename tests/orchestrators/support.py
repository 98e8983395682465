"""A small pipeline on an emulator, and the Pythons that have the real tools."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from infra.emulator.server import Emulator
from infra.orchestrators.pipelines import Chosen, Pipeline, described
from stacks.config import StackConfig
from stacks.layers import load
from tests.emulator.jobs.helpers import REGION, ROLE
from tests.emulator.pipelines.helpers import definition, get, process

ROOT = Path(__file__).parents[2]
AIRFLOW = ROOT / ".venv-airflow/bin/python"
KUBEFLOW = ROOT / ".venv-kubeflow/bin/python"
FEAST = ROOT / ".venv-feast/bin/python"

PARAMETERS: list[dict[str, Any]] = [
    {"Name": "Mode", "Type": "String", "DefaultValue": ""},
    {"Name": "Rows", "Type": "Integer", "DefaultValue": 3},
    {"Name": "Share", "Type": "Float", "DefaultValue": 0.5},
    {"Name": "Fast", "Type": "Boolean", "DefaultValue": True},
]
SECOND = """
import os, sys, time
if os.environ["MODE"] == "fail":
    sys.exit("2 rows break rule batch.new")
if os.environ["MODE"] == "wait":
    time.sleep(300)
"""


def needs(python: Path) -> pytest.MarkDecorator:
    """Skip where the environment of a tool is not made."""
    name = python.parts[-3]
    reason = f"{name} is not there: make orchestrators"
    return pytest.mark.skipif(not python.exists(), reason=reason)


def config() -> StackConfig:
    """Return a stack whose orchestrators look every second."""
    given = load("flights-sandbox").config
    seconds = {"check_interval_seconds": 1}
    airflow = given.orchestrators.airflow.model_copy(update=seconds)
    kubeflow = given.orchestrators.kubeflow.model_copy(
        update=seconds | {"installs_packages": False}
    )
    quick = given.orchestrators.model_copy(update={"airflow": airflow, "kubeflow": kubeflow})
    return given.model_copy(update={"orchestrators": quick})


def timed(expression: str, name: str = "drift") -> tuple[Pipeline, StackConfig]:
    """Return a pipeline that starts by the clock, in a stack whose clock Airflow is."""
    given = config()
    own = given.use_cases["flights"]
    use_case = own.model_copy(
        update={"drift": own.drift.model_copy(update={"schedule": expression})}
    )
    of = given.model_copy(
        update={
            "orchestrators": given.orchestrators.model_copy(update={"schedules": "airflow"}),
            "use_cases": {"flights": use_case},
        }
    )
    parameters = [{"Name": "AsOf", "Type": "String", "DefaultValue": ""}]
    return small(name, parameters, of), of


def small(
    name: str = "small",
    parameters: list[dict[str, Any]] | None = None,
    of: StackConfig | None = None,
) -> Pipeline:
    """Return a pipeline of one step as who starts it sees it."""
    step = {"Name": "First", "Type": "Processing"}
    declared = PARAMETERS if parameters is None else parameters
    return described(of or config(), "flights", name, definition(step, parameters=declared))


def chosen(*pipelines: Pipeline, of: StackConfig | None = None) -> Chosen:
    """Return pipelines as the command chooses them."""
    return Chosen(config=of or config(), pipelines=pipelines, whole=True)


def stand(emulator: Emulator) -> Pipeline:
    """Create the pipeline: its second step fails, waits or ends, as ``Mode`` says."""
    first = process(emulator, "First", "print('read')")
    second = process(
        emulator,
        "Second",
        SECOND,
        environment={"MODE": get("Parameters.Mode")},
        DependsOn=["First"],
    )
    pipeline = small()
    emulator.context.client("sagemaker", REGION).create_pipeline(
        PipelineName=pipeline.name,
        PipelineDefinition=definition(first, second, parameters=PARAMETERS),
        RoleArn=ROLE,
        ClientRequestToken="small".ljust(32, "0"),
    )
    return pipeline


def ask(
    python: Path, program: str, folder: Path, asked: object, environment: Mapping[str, str]
) -> Any:
    """Have a program beside this file answer, run by a tool's own Python."""
    questions, answers = folder / "asked.json", folder / "answers.json"
    questions.write_text(json.dumps(asked))
    done = subprocess.run(
        [str(python), str(Path(__file__).with_name(program)), str(questions), str(answers)],
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **environment},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    return json.loads(answers.read_text())


def aws(emulator: Emulator) -> dict[str, str]:
    """Return what AWS's SDKs and tools need to ask the emulator."""
    return {
        "AWS_ENDPOINT_URL": emulator.endpoint_url,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
