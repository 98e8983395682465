"""A stack whose pipelines an orchestrator runs: by a role that reaches these alone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml

from stacks.errors import StackFileError
from stacks.layers import load
from tests.stacks import support

ROOT = Path(__file__).parents[2]
STACK = "flights-dev"
ROLE = "arn:aws:iam::111122223333:role/airflow"


def project(
    folder: Path, access: dict[str, object] | None = None, schedules: str = "stack"
) -> Path:
    """Return a copy of the stack files in which ``flights-dev`` has such an orchestrator."""
    shutil.copytree(ROOT / "stacks", folder / "stacks", ignore=shutil.ignore_patterns("*.py"))
    file = folder / f"stacks/Pulumi.{STACK}.yaml"
    said = yaml.safe_load(file.read_text())
    said["config"]["mlops-loop:platform"]["orchestrators"] = {
        "access": access,
        "schedules": schedules,
    }
    file.write_text(yaml.safe_dump(said))
    return folder


@pytest.mark.parametrize(
    ("access", "rule"),
    [
        ({}, "role_arns must not be empty without issuer"),
        ({"issuer": "oidc.example.com/id/A"}, "service_accounts must be given with issuer"),
        ({"issuer": "https://oidc.example.com", "service_accounts": ["a/b"]}, "issuer"),
        ({"role_arns": ["arn:aws:iam::111122223333:user/me"]}, "role_arns"),
    ],
)
def test_who_nobody_could_be_is_refused_with_the_file(
    tmp_path: Path, access: dict[str, object], rule: str
) -> None:
    with pytest.raises(StackFileError, match=rf"flights-dev.yaml.*{rule}"):
        load(STACK, project(tmp_path, access))


def test_the_role_reaches_every_pipeline_of_the_stack_and_no_other(tmp_path: Path) -> None:
    root = project(tmp_path, {"role_arns": [ROLE]})
    graph = support.graph(STACK, live=None, root=root, standing=True)
    said = json.loads(graph["orchestrator-policy"].inputs["policy"])
    starts, watches = (set(one["Resource"]) for one in said["Statement"])
    pipelines = graph.of_type("aws:sagemaker/pipeline:Pipeline")
    assert len(starts) == len(pipelines) == 4
    assert watches == {f"{arn}/execution/*" for arn in starts}
    trusted = json.loads(graph["orchestrator-role"].inputs["assumeRolePolicy"])
    assert trusted["Statement"][0]["Principal"] == {"AWS": [ROLE]}
    assert graph["orchestrator-role"].inputs["name"] == f"{STACK}-orchestrator"


def test_what_airflow_starts_by_the_clock_the_stack_does_not(tmp_path: Path) -> None:
    before = support.graph(STACK, live=None)
    after = support.graph(STACK, live=None, root=project(tmp_path, schedules="airflow"))
    gone = {one.name for one in before.resources.values()} - {
        one.name for one in after.resources.values()
    }
    schedules = {one.name for one in before.of_type("aws:scheduler/schedule:Schedule")}
    left = {one.name for one in after.of_type("aws:scheduler/schedule:Schedule")}
    assert schedules - left == {"flights-drift-schedule", "flights-batch-schedule"}
    assert gone >= {"flights-drift-schedule", "flights-drift-starter", "flights-drift-unstarted"}
    assert {one.name for one in after.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")} >= {
        "flights-batch-overdue"
    }


def test_a_clock_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StackFileError, match=r"orchestrators.schedules.*'kubeflow'"):
        load(STACK, project(tmp_path, schedules="kubeflow"))


def test_without_the_setting_there_is_none() -> None:
    graph = support.graph(STACK, live=None)
    assert "orchestrator-role" not in {one.name for one in graph.resources.values()}
