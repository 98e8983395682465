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

from infra.demo.year import Year
from infra.emulator.server import Emulator
from pipelines.compile import compile_use_case
from pipelines.compiled import CompiledUseCase, fill
from pipelines.settings import BuildSettings

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


def test_flights_become_features_and_features_a_registered_model(stack: Stack) -> None:
    january = Year().month(1)
    files = {**january.files, "flights.csv": first_days(january.files["flights.csv"], "sched_dep")}
    labels = first_days(january.labels, "landed_at")
    marker = stack.feed(files, labels)

    status, steps = stack.run("features", BatchMarker=marker)
    assert status == "Succeeded", failures(steps)
    assert set(steps) == {"Extract", "Validate", "Transform", "Engineer", "Ingest"}
    stack.context.work.wait_idle(timeout=60)

    status, steps = stack.run("training", AsOf="2013-02-01T00:00:00Z", Trigger="test")
    assert status == "Succeeded", failures(steps)
    packages = stack.sagemaker.list_model_packages(ModelPackageGroupName=PREFIX)
    [summary] = packages["ModelPackageSummaryList"]
    assert summary["ModelApprovalStatus"] == "Approved"
    package = stack.sagemaker.describe_model_package(ModelPackageName=summary["ModelPackageArn"])
    assert 0.5 < float(package["CustomerMetadataProperties"]["auc"]) < 1

    status, steps = stack.run("features", BatchMarker=marker)
    assert status == "Failed"
    assert "batch.new" in steps["Validate"]["FailureReason"]
    assert "Ingest" not in steps
