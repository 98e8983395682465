"""What lineage says where something is missing: a gap, not a guess."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from infra.cli.lineage_page import page
from infra.cli.main import app
from infra.emulator.server import Emulator
from pipelines.shared.lineage.asking import Asking
from pipelines.shared.lineage.facts import Execution
from pipelines.shared.lineage.trace import trace
from pipelines.shared.lineage.version import approval

WHEN = datetime(2013, 4, 1, tzinfo=UTC)
ROLE = "arn:aws:sts::123456789012:assumed-role/engineers/jo"
EXECUTION = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/training/execution/abcdefghij12"
SPECIFICATION = {
    "Containers": [
        {
            "Image": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5",
            "ModelDataUrl": "s3://models/model.tar.gz",
        }
    ],
    "SupportedContentTypes": ["text/csv"],
    "SupportedResponseMIMETypes": ["text/csv"],
}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    parts = ("credentials", "admin", "events", "registry", "lineage", "tags")
    with Emulator(parts=parts) as running:
        yield running


@pytest.fixture(scope="module")
def served(emulator: Emulator) -> str:
    """Serve version 1 of a group, of which version 2 is approved too; moto starts no container."""
    sagemaker = emulator.context.client("sagemaker", "us-east-1")
    sagemaker.create_model_package_group(ModelPackageGroupName="late")
    arns = [
        sagemaker.create_model_package(
            ModelPackageGroupName="late", InferenceSpecification=SPECIFICATION
        )["ModelPackageArn"]
        for _ in range(2)
    ]
    for arn in arns:
        sagemaker.update_model_package(
            ModelPackageArn=arn, ModelApprovalStatus="Approved", ApprovalDescription="better"
        )
    sagemaker.create_model(
        ModelName="late",
        ExecutionRoleArn="arn:aws:iam::123456789012:role/serving",
        PrimaryContainer={"ModelPackageName": arns[0]},
    )
    variant = {
        "VariantName": "live",
        "ModelName": "late",
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 2,
    }
    sagemaker.create_endpoint_config(EndpointConfigName="late", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName="late", EndpointConfigName="late")
    return "late"


def client(emulator: Emulator) -> Any:
    return lambda service: emulator.context.client(service, "us-east-1")


def test_an_unknown_endpoint_is_refused_with_those_that_there_are(
    emulator: Emulator, served: str
) -> None:
    with pytest.raises(LookupError, match=rf"endpoint must be one of \['{served}'\], got 'lat'"):
        trace(client(emulator), "lat")


def test_what_the_registry_does_not_tell_is_a_gap(emulator: Emulator, served: str) -> None:
    found = trace(client(emulator), served)
    version = found.variants[0].version
    assert version is not None
    assert (version.code.commit, version.execution, version.training) == (None, None, None)
    gaps = {gap.partition(":")[0] for gap in found.gaps}
    assert {
        "commit of version 1",
        "branch of version 1",
        "author of version 1",
        "pipeline execution of version 1",
        "training job of version 1",
        "metrics of version 1",
        "data of version 1",
        "baseline of version 1",
    } <= gaps


def test_an_endpoint_behind_the_registry_is_told(emulator: Emulator, served: str) -> None:
    found = trace(client(emulator), served)
    assert found.drift == "late serves version 1, approved last is version 2"


def test_the_page_shows_the_gaps_and_json_holds_them(
    emulator: Emulator, served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", emulator.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    runner = CliRunner(env={"COLUMNS": "160", "NO_COLOR": "1"})
    shown = runner.invoke(app, ["lineage", served])
    assert shown.exit_code == 0, shown.output
    assert "commit of version 1: its metadata has none" in shown.stdout
    assert "arn:aws:iam::123456789012:root (by hand)" in shown.stdout
    told = runner.invoke(app, ["lineage", served, "--json"])
    assert '"drift": "late serves version 1, approved last is version 2"' in told.stdout


def test_an_unknown_endpoint_ends_the_command_with_words(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", emulator.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    shown = CliRunner().invoke(app, ["lineage", "none", "-s", "flights-sandbox"])
    assert shown.exit_code == 1
    assert "endpoint must be one of" in shown.output


def run(**parameters: str) -> Execution:
    return Execution(
        arn=EXECUTION,
        pipeline="training",
        status="Succeeded",
        started=WHEN,
        ended=WHEN,
        parameters=parameters,
        steps=(),
    )


def package(status: str, **more: Any) -> dict[str, Any]:
    return {
        "ModelPackageVersion": 1,
        "ModelApprovalStatus": status,
        "CreationTime": WHEN,
        **more,
    }


def nobody(service: str) -> Any:
    raise AssertionError(f"{service} must not be asked")


def test_what_a_pipeline_approved_itself_names_the_execution() -> None:
    changed = {"LastModifiedTime": WHEN, "LastModifiedBy": {"IamIdentity": {"Arn": ROLE}}}
    asking = Asking(nobody)
    told = approval(asking, package("Approved", **changed), run(ModelApprovalStatus="Approved"))
    assert (told.how, told.by) == ("automatic", EXECUTION)


def test_what_a_person_approved_names_the_identity() -> None:
    changed = {"LastModifiedTime": WHEN, "LastModifiedBy": {"IamIdentity": {"Arn": ROLE}}}
    asking = Asking(nobody)
    pending = run(ModelApprovalStatus="PendingManualApproval")
    told = approval(asking, package("Approved", **changed), pending)
    assert (told.how, told.by, told.at) == ("by hand", ROLE, WHEN)
    assert asking.gaps == []


def test_an_approver_that_aws_does_not_name_is_a_gap() -> None:
    asking = Asking(nobody)
    told = approval(asking, package("Approved", LastModifiedTime=WHEN), None)
    assert (told.how, told.by) == ("unknown", None)
    assert "CloudTrail" in asking.gaps[0]


def test_a_version_that_waits_has_no_approver() -> None:
    asking = Asking(nobody)
    told = approval(asking, package("PendingManualApproval"), run())
    assert told.by is None
    assert asking.gaps == ["approver of version 1: nobody has approved it"]


def test_what_cannot_be_read_is_a_gap(emulator: Emulator) -> None:
    asking = Asking(client(emulator))
    assert asking.document("metrics", "s3://no-such-bucket/evaluation.json") is None
    assert asking.gaps == ["metrics: NoSuchBucket: The specified bucket does not exist"]


def test_every_part_of_the_page_can_be_drawn(emulator: Emulator, served: str) -> None:
    console = Console(width=60, record=True)
    for part in page(trace(client(emulator), served)):
        console.print(part)
    assert "not known" in console.export_text()
