"""The compiled pipelines, run by the emulator on two weeks of real flights."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from components.ml_pipeline import record_key
from infra.cli.main import app
from infra.demo.year import Year
from infra.emulator.server import Emulator
from pipelines.compile import compile_use_case
from pipelines.compiled import CompiledUseCase, fill
from pipelines.settings import BuildSettings
from pipelines.shared.lineage.facts import Lineage
from pipelines.shared.lineage.trace import trace
from pipelines.shared.recorder import handler
from pipelines.shared.serving import sample

pytestmark = pytest.mark.loop

SETTINGS = BuildSettings(
    name_prefix="flights-sandbox-flights",
    stack="flights-sandbox",
    use_case="flights",
    region="us-east-1",
    processing_instance_type="ml.m5.large",
    training_instance_type="ml.m5.large",
    tuning_max_jobs=1,
    tuning_max_parallel_jobs=1,
    approval="automatic",
)
PREFIX = SETTINGS.name_prefix
BUCKETS = ("raw", "features", "artifacts", "capture")
DAYS = 14
MADE_FROM = {"commit": "c0ffee", "branch": "main", "author": "A Person"}


class Stack:
    """What Pulumi would have declared, as far as the pipelines need it."""

    def __init__(self, emulator: Emulator, compiled: CompiledUseCase) -> None:
        self.context = emulator.context
        self.s3 = self.client("s3")
        self.sagemaker = self.client("sagemaker")
        role = self.client("iam").create_role(
            RoleName="pipelines", AssumeRolePolicyDocument=json.dumps({"Statement": []})
        )["Role"]["Arn"]
        key = self.client("kms").create_key()["KeyMetadata"]["Arn"]
        for name in BUCKETS:
            self.s3.create_bucket(Bucket=f"flights-{name}")
        for group in compiled.feature_groups:
            self.sagemaker.create_feature_group(
                FeatureGroupName=f"{PREFIX}-{group.name}",
                RecordIdentifierFeatureName=group.record_identifier,
                EventTimeFeatureName=group.event_time,
                FeatureDefinitions=[
                    {"FeatureName": name, "FeatureType": kind}
                    for name, kind in group.features.items()
                ],
                OnlineStoreConfig={"EnableOnlineStore": True},
                OfflineStoreConfig={
                    "S3StorageConfig": {"S3Uri": "s3://flights-features/features/flights"},
                    "DisableGlueTableCreation": True,
                },
                RoleArn=role,
            )
        self.sagemaker.create_model_package_group(ModelPackageGroupName=PREFIX)
        values = {f"{name}_bucket": f"flights-{name}" for name in BUCKETS}
        values |= {"role_arn": role, "kms_key_arn": key, "account_id": role.split(":")[4]}
        for name, pipeline in compiled.pipelines.items():
            for artifact in pipeline.artifacts:
                body = artifact.path.read_bytes()
                self.s3.put_object(Bucket="flights-artifacts", Key=artifact.key, Body=body)
            values["made_from"] = record_key(pipeline.definition)
            self.s3.put_object(
                Bucket="flights-artifacts", Key=values["made_from"], Body=json.dumps(MADE_FROM)
            )
            self.sagemaker.create_pipeline(
                PipelineName=f"{PREFIX}-{name}",
                PipelineDefinition=fill(pipeline.definition, {**values, "region": "us-east-1"}),
                RoleArn=role,
                ClientRequestToken=f"{name:-<32}",
            )

    def client(self, service: str) -> Any:
        return self.context.client(service, "us-east-1")

    def run(self, pipeline: str, **parameters: str) -> tuple[str, dict[str, dict[str, Any]]]:
        """Run a pipeline to its end; returns its status and its steps."""
        arn = self.sagemaker.start_pipeline_execution(
            PipelineName=f"{PREFIX}-{pipeline}",
            PipelineParameters=[{"Name": k, "Value": v} for k, v in parameters.items()],
            ClientRequestToken=f"{pipeline}{time.monotonic_ns()}".ljust(32, "-"),
        )["PipelineExecutionArn"]
        end = time.monotonic() + 600  # a machine may be busy
        while True:
            told = self.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
            if told["PipelineExecutionStatus"] != "Executing" or time.monotonic() > end:
                break
            time.sleep(0.1)
        steps = self.sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)
        found = {step["StepName"]: step for step in steps["PipelineExecutionSteps"]}
        return told["PipelineExecutionStatus"], found

    def feed(self, files: dict[str, bytes], labels: bytes, month: str = "2013-01") -> str:
        for name, body in files.items():
            self.s3.put_object(
                Bucket="flights-raw", Key=f"raw/flights/batch={month}/{name}", Body=body
            )
        self.s3.put_object(
            Bucket="flights-raw", Key=f"labels/flights/batch={month}/labels.csv", Body=labels
        )
        return f"raw/flights/batch={month}/_SUCCESS"


def failures(steps: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {name: one["FailureReason"] for name, one in steps.items() if "FailureReason" in one}


def first_days(body: bytes, column: str) -> bytes:
    table = pd.read_csv(io.BytesIO(body), dtype=str)
    end = f"2013-01-{DAYS + 1:02d}"
    return table[table[column] < end].to_csv(index=False).encode()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    workspace: Path = tmp_path_factory.mktemp("workspace")
    compiled = compile_use_case("flights", SETTINGS, cache=workspace / "cache")
    with Emulator(workspace=workspace) as emulator:
        yield Stack(emulator, compiled)


@pytest.fixture(scope="module")
def marker(stack: Stack) -> str:
    """Feed two weeks of January and return the object that says so."""
    january = Year().month(1)
    files = {**january.files, "flights.csv": first_days(january.files["flights.csv"], "sched_dep")}
    return stack.feed(files, first_days(january.labels, "landed_at"))


@pytest.fixture(scope="module")
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


def test_flights_become_features_and_features_a_registered_model(package: dict[str, Any]) -> None:
    assert package["ModelApprovalStatus"] == "Approved"
    assert 0.5 < float(package["CustomerMetadataProperties"]["auc"]) < 1


def test_a_version_keeps_a_sample_and_what_its_model_answers(
    stack: Stack, package: dict[str, Any]
) -> None:
    def held(uri: str) -> bytes:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return bytes(stack.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())

    uri = package["SamplePayloadUrl"]
    asked = sample.read(held(uri)).decode().splitlines()
    answers = held(sample.answer_uri(uri)).decode().splitlines()
    assert [line.split(",")[0] for line in asked] == [line.split(",")[0] for line in answers]
    assert len(answers) == 3


def test_a_batch_is_ingested_once(stack: Stack, marker: str, package: dict[str, Any]) -> None:
    assert package["ModelPackageVersion"] == 1
    status, steps = stack.run("features", BatchMarker=marker)
    assert status == "Failed"
    assert "batch.new" in steps["Validate"]["FailureReason"]
    assert "Ingest" not in steps


@pytest.fixture(scope="module")
def lineage(stack: Stack, package: dict[str, Any]) -> Lineage:
    """Serve the version and ask what produced it."""
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
    return trace(stack.client, PREFIX)


def test_lineage_tells_the_data_and_the_feature_view(lineage: Lineage) -> None:
    version = lineage.variants[0].version
    assert version is not None
    data = version.data
    assert (data.months, data.as_of) == (["2013-01"], "2013-02-01T00:00:00Z")
    assert {one.now for one in data.sources} == {"unchanged"}
    assert {one.uri.rpartition("/")[2] for one in data.sources} == {"flights.csv", "labels.csv"}
    view = {group.name: group.used for group in data.feature_groups}
    assert view[f"{PREFIX}-lateness"] == ["late_share"]
    assert all(group.features["event_time"] == "String" for group in data.feature_groups)


def test_lineage_tells_code_parameters_metrics_and_approver(lineage: Lineage) -> None:
    version = lineage.variants[0].version
    assert version is not None
    assert version.execution is not None
    assert version.training is not None
    assert version.tuning is not None
    assert {name: getattr(version.code, name) for name in MADE_FROM} == MADE_FROM
    assert MADE_FROM.items() <= version.training.tags.items()
    assert version.metrics["auc"] == pytest.approx(float(version.metadata["auc"]), abs=1e-6)
    tuned = version.tuning.best_job
    assert tuned is not None
    assert float(version.training.hyperparameters["learning_rate"]) > 0
    assert version.approval.how == "automatic"
    assert version.approval.by == version.execution.arn
    assert version.execution.parameters["Trigger"] == "test"
    assert [step.name for step in version.execution.steps][-1] == "Register"


def test_lineage_has_no_gap_and_no_drift_where_all_is_recorded(lineage: Lineage) -> None:
    assert lineage.gaps == ()
    assert lineage.drift is None


def ascendants(stack: Stack, uri: str) -> set[str]:
    """Return where everything comes from that led to an artifact."""
    [artifact] = stack.sagemaker.list_artifacts(SourceUri=uri)["ArtifactSummaries"]
    found = stack.sagemaker.query_lineage(
        StartArns=[artifact["ArtifactArn"]], Direction="Ascendants", MaxDepth=10
    )["Vertices"]
    return {
        stack.sagemaker.describe_artifact(ArtifactArn=one["Arn"])["Source"]["SourceUri"]
        for one in found
        if one["LineageType"] == "Artifact"
    }


def test_the_lineage_api_leads_from_a_version_over_feature_groups_to_raw_data(
    stack: Stack, package: dict[str, Any]
) -> None:
    found = ascendants(stack, package["ModelPackageArn"])
    groups = {uri.rpartition("/")[2] for uri in found if ":feature-group/" in uri}
    assert groups == {f"{PREFIX}-{name}" for name in ("weather", "lateness", "planes")}
    assert {
        "s3://flights-raw/raw/flights/batch=2013-01",
        "s3://flights-raw/labels/flights/batch=2013-01",
    } <= found
    weather = stack.sagemaker.describe_feature_group(FeatureGroupName=f"{PREFIX}-weather")
    assert ascendants(stack, weather["FeatureGroupArn"]) == {
        "s3://flights-raw/raw/flights/batch=2013-01"
    }


@pytest.fixture
def recorder(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give this process what the recorder's function has: role, endpoint, settings."""
    key = stack.client("kms").create_key()["KeyMetadata"]["Arn"]
    for name, value in {
        **stack.context.environment("us-east-1", None),
        "USE_CASE": "flights",
        "OWNER": "flights@example.com",
        "CARDS": "true",
        "KEY_ARN": key,
        "TAGS": json.dumps([{"Key": "team", "Value": "flights"}]),
    }.items():
        monkeypatch.setenv(name, value)
    handler._client.cache_clear()
    yield
    handler._client.cache_clear()


@pytest.mark.usefixtures("recorder")
def test_a_version_gets_a_card_that_follows_it(stack: Stack, package: dict[str, Any]) -> None:
    event = {"detail": {"ModelPackageArn": package["ModelPackageArn"]}}
    written = handler.handle(event)
    assert handler.handle(event) == written
    name = f"{PREFIX}-v1"
    found = stack.sagemaker.describe_model_card(ModelCardName=name)
    assert (found["ModelCardVersion"], found["ModelCardStatus"]) == (1, "Approved")
    content = json.loads(found["Content"])
    assert content["intended_uses"]["risk_rating"] == "Low"
    [evaluated] = content["evaluation_details"]
    metrics = {one["name"]: one["value"] for one in evaluated["metric_groups"][0]["metric_data"]}
    assert metrics["auc"] == pytest.approx(
        float(package["CustomerMetadataProperties"]["auc"]), 1e-5
    )
    details = content["additional_information"]["custom_details"]
    assert (details["commit"], details["approved"]) == ("c0ffee", "automatic")
    assert f"{PREFIX}-lateness: late_share" in details["feature view"]

    shown = CliRunner().invoke(app, ["card", f"{PREFIX}/1"])
    assert "Approved; SageMaker, version 1" in shown.stdout
    assert "| custom details: commit | c0ffee |" in shown.stdout
    stack.sagemaker.delete_model_card(ModelCardName=name)
    made = CliRunner().invoke(app, ["card", f"{PREFIX}/1", "--format", "html"])
    assert "made from the registry" in made.stdout
    assert "<td>custom details: commit</td><td>c0ffee</td>" in made.stdout
    refused = CliRunner().invoke(app, ["card", f"{PREFIX}/2"])
    assert "must be one of [1], got 2" in refused.output


@pytest.mark.usefixtures("recorder")
def test_an_event_without_a_version_is_refused() -> None:
    with pytest.raises(ValueError, match=r"event must have detail.ModelPackageArn, got \['id'\]"):
        handler.handle({"id": "1"})
