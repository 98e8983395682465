"""Two weeks of real flights on the emulator, trained on once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.demo.year import Year
from infra.emulator.server import Emulator
from pipelines.compile import compile_use_case
from tests.pipelines.support import PREFIX, SETTINGS, Stack, failures, first_days


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    workspace: Path = tmp_path_factory.mktemp("workspace")
    compiled = compile_use_case("flights", SETTINGS, cache=workspace / "cache")
    with Emulator(workspace=workspace) as emulator:
        yield Stack(emulator, compiled)


@pytest.fixture(scope="package")
def marker(stack: Stack) -> str:
    """Feed two weeks of January and return the object that says so."""
    january = Year().month(1)
    files = {**january.files, "flights.csv": first_days(january.files["flights.csv"], "sched_dep")}
    return stack.feed(files, first_days(january.labels, "landed_at"))


@pytest.fixture(scope="package")
def package(stack: Stack, marker: str) -> dict[str, Any]:
    """Run features and training; return the registered version."""
    status, steps = stack.run("features", BatchMarker=marker)
    assert status == "Succeeded", failures(steps)
    assert set(steps) == {"Extract", "Validate", "Transform", "Engineer", "Ingest"}
    stack.context.work.wait_idle(timeout=60)
    status, steps = stack.run("training", AsOf="2013-02-01T00:00:00Z", Trigger="test")
    assert status == "Succeeded", failures(steps)
    packages = stack.sagemaker.list_model_packages(ModelPackageGroupName=PREFIX)
    [summary] = packages["ModelPackageSummaryList"]
    found: dict[str, Any] = stack.sagemaker.describe_model_package(
        ModelPackageName=summary["ModelPackageArn"]
    )
    return found


@pytest.fixture(scope="package")
def endpoint(stack: Stack, package: dict[str, Any]) -> str:
    """Serve the version."""
    role = stack.client("iam").get_role(RoleName="pipelines")["Role"]["Arn"]
    stack.sagemaker.create_model(
        ModelName="late",
        ExecutionRoleArn=role,
        PrimaryContainer={"ModelPackageName": package["ModelPackageArn"]},
    )
    stack.sagemaker.create_endpoint_config(
        EndpointConfigName="late",
        ProductionVariants=[
            {
                "VariantName": "live",
                "ModelName": "late",
                "InstanceType": "ml.m5.large",
                "InitialInstanceCount": 1,
            }
        ],
    )
    stack.sagemaker.create_endpoint(EndpointName=PREFIX, EndpointConfigName="late")
    stack.context.work.wait_idle(timeout=60)
    return PREFIX
