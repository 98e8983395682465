import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from infra.emulator.server import Emulator
from tests.gate import SETTINGS

ROOT = Path(__file__).parents[3]
REGION = "us-east-1"


class Account:
    """What the gate stands between: an alarm on one side, a pipeline on the other."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        role = self._role()
        self._table()
        sagemaker = self.client("sagemaker")
        sagemaker.create_model_package_group(ModelPackageGroupName="flights")
        sagemaker.create_pipeline(
            PipelineName="training",
            PipelineDefinition="{}",
            ClientRequestToken="t" * 32,
            RoleArn=role,
        )
        self.client("s3").create_bucket(Bucket="raw-data")
        self._gate(role)
        for name, metric in (("drift", "FeatureDrift"), ("data-quality", "DataQualityViolations")):
            self.client("cloudwatch").put_metric_alarm(
                AlarmName=name,
                Namespace="MLOps",
                MetricName=metric,
                Statistic="Maximum",
                Period=86400,
                EvaluationPeriods=1,
                Threshold=0.2,
                ComparisonOperator="GreaterThanThreshold",
                TreatMissingData="notBreaching",
            )

    def client(self, service: str) -> Any:
        return self.emulator.context.client(service, REGION)

    def measure(self, **metrics: float) -> None:
        now = self.emulator.context.clock.now()
        data = [{"MetricName": n, "Value": v, "Timestamp": now} for n, v in metrics.items()]
        self.client("cloudwatch").put_metric_data(Namespace="MLOps", MetricData=data)
        self.emulator.settle()

    def decisions(self) -> list[dict[str, str]]:
        items = self.client("dynamodb").scan(TableName="decisions")["Items"]
        plain = [{name: value["S"] for name, value in item.items()} for item in items]
        return sorted(plain, key=lambda one: one["decided_at"])

    def _role(self) -> str:
        iam = self.client("iam")
        services = ["lambda.amazonaws.com", "sagemaker.amazonaws.com"]
        trust = {"Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole"}
        made = iam.create_role(
            RoleName="gate",
            AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        )
        allow = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        iam.put_role_policy(
            RoleName="gate",
            PolicyName="all",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow]}),
        )
        return str(made["Role"]["Arn"])

    def _table(self) -> None:
        names = ("use_case", "decided_at")
        self.client("dynamodb").create_table(
            TableName="decisions",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in names],
            KeySchema=[
                {"AttributeName": name, "KeyType": kind}
                for name, kind in zip(names, ("HASH", "RANGE"), strict=True)
            ],
        )

    def _gate(self, role: str) -> None:
        functions, events = self.client("lambda"), self.client("events")
        function = functions.create_function(
            FunctionName="gate",
            Role=role,
            Runtime="python3.13",
            Handler="pipelines.shared.gate.handler.handle",
            Code={"ZipFile": package()},
            Environment={"Variables": SETTINGS},
            Timeout=60,
        )["FunctionArn"]
        pattern = {"source": ["aws.cloudwatch"], "detail": {"state": {"value": ["ALARM"]}}}
        rule = events.put_rule(Name="alarms", EventPattern=json.dumps(pattern))["RuleArn"]
        events.put_targets(Rule="alarms", Targets=[{"Id": "gate", "Arn": function}])
        functions.add_permission(
            FunctionName="gate",
            StatementId="events",
            Action="lambda:InvokeFunction",
            Principal="events.amazonaws.com",
            SourceArn=rule,
        )
        functions.put_function_concurrency(FunctionName="gate", ReservedConcurrentExecutions=1)


def package() -> bytes:
    """Return the gate's code as Lambda takes it."""
    buffer = io.BytesIO()
    files = [
        ROOT / "pipelines" / name
        for name in ("__init__.py", "shared/__init__.py", "shared/decisions.py")
    ]
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in [*files, *(ROOT / "pipelines/shared/gate").glob("*.py")]:
            archive.write(path, path.relative_to(ROOT))
    return buffer.getvalue()


@pytest.fixture
def account() -> Iterator[Account]:
    parts = ("credentials", "lambdas", "messaging", "events", "alarms")
    with Emulator(clock_start=datetime(2013, 7, 3, 6, tzinfo=UTC), parts=parts) as emulator:
        yield Account(emulator)


@pytest.mark.loop
def test_an_alarm_reaches_the_gate_which_starts_training_and_refuses_the_next(
    account: Account,
) -> None:
    labels = "flight_id,landed_at,late\na,x,0\nb,x,1\nc,x,0\n"
    account.client("s3").put_object(
        Bucket="raw-data", Key="labels/flights/batch=2013-06/labels.csv", Body=labels
    )
    account.measure(FeatureDrift=0.9)
    [started] = account.decisions()
    assert (started["decision"], started["rule"]) == ("retrain", "no_model")
    [execution] = account.client("sagemaker").list_pipeline_executions(PipelineName="training")[
        "PipelineExecutionSummaries"
    ]
    assert execution["PipelineExecutionArn"] == started["execution_arn"]
    account.measure(DataQualityViolations=2.0)
    refused = account.decisions()[-1]
    assert (refused["decision"], refused["rule"]) == ("refuse", "data_quality")
