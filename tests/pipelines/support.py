"""A stack on the emulator, as far as the compiled pipelines need it."""

from __future__ import annotations

import io
import json
import time
from typing import Any

import pandas as pd

from components.ml_pipeline import record_key
from infra.emulator.server import Emulator
from pipelines.compiled import CompiledUseCase, fill
from pipelines.settings import BuildSettings

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
    batch_instance_type="ml.m5.large",
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
        values |= {f"tag_{key}": key for key in ("environment", "owner", "project", "team")}
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
