"""An approved version that nothing delivers, on the emulator's clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pulumi_aws as aws
import pytest

from components.code import FunctionCode
from components.release_monitor import ReleaseMonitor
from infra.apply.up import up
from infra.emulator.server import Emulator
from pipelines.build import lambdas
from tests.apply.conftest import Declared
from tests.unit.components.support import args

ROOT = Path(__file__).parents[2]
BEGAN = datetime(2013, 6, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    workspace = tmp_path_factory.mktemp("workspace")
    with Emulator(clock_start=BEGAN, workspace=workspace) as running:
        yield running


def declare() -> None:
    code = lambdas("flights", {})["release"]
    files = {name: ROOT / name for name in code["files"]}
    key = aws.kms.Key("key", description="test")
    plan = args(
        ReleaseMonitor, code=FunctionCode(handler=code["handler"], files=files), key_arn=key.arn
    )
    ReleaseMonitor("monitor", plan)


def test_a_version_that_nothing_delivers_alarms_when_it_is_overdue(emulator: Emulator) -> None:
    sagemaker: Any = emulator.context.client("sagemaker", "us-east-1")
    assert not up(Declared(declare=declare), emulator.endpoint_url).failed
    sagemaker.create_model_package_group(ModelPackageGroupName="late")
    assert after(emulator, hours=2) == "OK"

    version = sagemaker.create_model_package(
        ModelPackageGroupName="late", ModelApprovalStatus="Approved"
    )["ModelPackageArn"]
    assert after(emulator, hours=4) == "OK", "a delivery may take two hours"
    assert after(emulator, hours=6) == "ALARM"

    sagemaker.update_model_package(ModelPackageArn=version, ModelApprovalStatus="Rejected")
    assert after(emulator, hours=8) == "OK"


def after(emulator: Emulator, *, hours: int) -> str:
    """Return the alarm's state so long after the beginning."""
    emulator.context.clock.advance_to(BEGAN + timedelta(hours=hours))
    emulator.settle()
    cloudwatch: Any = emulator.context.client("cloudwatch", "us-east-1")
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=["late-version-not-live"])["MetricAlarms"]
    return str(alarm["StateValue"])
