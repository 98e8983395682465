"""What the tests of a use case on one table are made of."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pandas as pd
import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from infra.apply.up import up
from infra.cli.curtain import outputs_of
from infra.cli.target import VARIABLE
from infra.demo.emulator import private
from infra.emulator.remote import Admin
from infra.program import load
from pipelines.shared.steps.rules import Violation
from pipelines.shared.tabular import sample
from pipelines.shared.tabular.declared import METRICS, Declared
from pipelines.shared.tabular.task import objective, rules

ROOT = Path(__file__).parents[2]
MONTH, AFTER = "2026-01", datetime(2026, 2, 1, 6, tzinfo=UTC)


def broken(declared: Declared, rows: pd.DataFrame, month: str) -> list[str]:
    """Return the rules that raw rows break."""
    table = rules(declared)
    raw = rows.astype("object").where(rows.notna(), None).map(_text)
    found: list[Violation] = [*table.check(raw), *table.check_rows(raw, month)]
    return [f"{one.rule}: {one.detail}" for one in found]


@dataclass(frozen=True, kw_only=True)
class Played:
    """A loop that went round once."""

    endpoint: str
    region: str
    declared: Declared
    outputs: dict[str, Any]
    statuses: dict[str, str]
    """How the pipelines ended."""
    reached: float
    """The objective, on held-out rows."""

    @property
    def floor(self) -> float:
        return objective(self.declared).floor

    @property
    def live_version(self) -> str:
        return str(self.ask([f"{MONTH}-1"])["model_version"])

    def client(self, service: str) -> Any:
        return _client(self.endpoint, self.region, service)

    def ask(self, names: Sequence[str]) -> dict[str, Any]:
        """Ask the scoring API about rows."""
        url = self.outputs["invoke_url"].rstrip("/") + "/score"
        body = "".join(json.dumps({self.declared.identifier: name}) + "\n" for name in names)
        request = AWSRequest(
            "POST", url, data=body, headers={"Content-Type": "application/jsonlines"}
        )
        credentials = Credentials("mlops", "mlops")
        SigV4Auth(credentials, "execute-api", self.region).add_auth(request)
        answer = requests.post(url, data=body, headers=dict(request.headers), timeout=60)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def drift(self) -> dict[str, Any]:
        """Run the drift pipeline; return its report."""
        admin = Admin(self.endpoint)
        admin.call("POST", "settle")
        as_of = AFTER.replace(hour=AFTER.hour + 1).isoformat()
        self.client("sagemaker").start_pipeline_execution(
            PipelineName=self.outputs["drift_pipeline"],
            PipelineParameters=[{"Name": "AsOf", "Value": as_of}],
        )
        admin.call("POST", "settle")
        assert _status(self.client("sagemaker"), self.outputs["drift_pipeline"]) == "Succeeded"
        s3, bucket = self.client("s3"), self.outputs["artifacts_bucket"]
        listed = s3.list_objects_v2(Bucket=bucket, Prefix="drift/")["Contents"]
        keys = [one["Key"] for one in listed if one["Key"].endswith("/drift.json")]
        report: dict[str, Any] = json.loads(
            s3.get_object(Bucket=bucket, Key=keys[-1])["Body"].read()
        )
        return report


@contextmanager
def play(stack: str, declared: Declared) -> Iterator[Played]:
    """Stand a stack up, bring a month of made-up rows and labels, train, and let it serve."""
    with private(ROOT, clock=AFTER) as endpoint, _aimed(endpoint):
        program = load(stack, root=ROOT)
        summary = up(program, endpoint)
        assert not summary.failed, summary.failed
        region = program.config.region
        outputs = outputs_of(summary.outputs, declared.use_case)
        admin = Admin(endpoint)
        _deliver(_client(endpoint, region, "s3"), outputs["raw_bucket"], declared)
        admin.call("POST", "settle")
        sagemaker = _client(endpoint, region, "sagemaker")
        statuses = {
            name: _status(sagemaker, outputs[f"{name}_pipeline"])
            for name in ("features", "training")
        }
        group = outputs["model_package_group"]
        versions = sagemaker.list_model_packages(ModelPackageGroupName=group)
        assert versions["ModelPackageSummaryList"], statuses
        (version,) = versions["ModelPackageSummaryList"]
        described = sagemaker.describe_model_package(ModelPackageName=version["ModelPackageArn"])
        yield Played(
            endpoint=endpoint,
            region=region,
            declared=declared,
            outputs=outputs,
            statuses=statuses,
            reached=float(described["CustomerMetadataProperties"][METRICS[declared.problem][0]]),
        )


def _deliver(s3: Any, bucket: str, declared: Declared) -> None:
    rows = sample.rows(declared, MONTH)
    labels = sample.labels(declared, rows)
    batch = f"{declared.use_case}/batch={MONTH}"
    for key, body in (
        (f"labels/{batch}/labels.csv", labels.to_csv(index=False)),
        (f"raw/{batch}/rows.csv", rows.to_csv(index=False)),
        (f"raw/{batch}/_SUCCESS", ""),
    ):
        s3.put_object(Bucket=bucket, Key=key, Body=body.encode())


def _status(sagemaker: Any, pipeline: str) -> str:
    listed = sagemaker.list_pipeline_executions(PipelineName=pipeline)
    if not listed["PipelineExecutionSummaries"]:
        return "not started"
    (first, *_) = listed["PipelineExecutionSummaries"]
    if first["PipelineExecutionStatus"] == "Succeeded":
        return "Succeeded"
    arn = first["PipelineExecutionArn"]
    steps = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)
    failed = [
        f"{one['StepName']}: {one['FailureReason']}"
        for one in steps["PipelineExecutionSteps"]
        if one.get("FailureReason")
    ]
    return "; ".join(failed) or str(first["PipelineExecutionStatus"])


def _client(endpoint: str, region: str, service: str) -> Any:
    make: Any = boto3.client
    return make(
        service,
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id="mlops",
        aws_secret_access_key="mlops",  # noqa: S106 - the emulator's administrator
    )


@contextmanager
def _aimed(endpoint: str) -> Iterator[None]:
    """Have what runs in this process talk to the emulator, and no longer afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, endpoint)
        patch.setenv("AWS_ACCESS_KEY_ID", "mlops")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "mlops")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield


def _text(value: object) -> object:
    return value if value is None else str(value)
